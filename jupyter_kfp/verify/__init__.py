"""Verify the promise: a notebook run straight and as a pipeline, cell by cell."""

from .verify import Case, Difference, Outcome, Verification, verify

__all__ = ["Case", "Difference", "Outcome", "Verification", "verify"]
