"""Addresses of Kubeflow's pages."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from .endpoints import Endpoint


def run_page(endpoint: Endpoint, run: str) -> str:
    """The page of a run. A full Kubeflow (`https://host/pipeline`) shows it inside of its dashboard."""
    base = endpoint.ui or endpoint.host or ""
    page = f"#/runs/details/{quote(run, safe='')}"
    if endpoint.ui is None and urlsplit(base).path == "/pipeline":
        namespace = f"?ns={quote(endpoint.namespace, safe='')}" if endpoint.namespace else ""
        return f"{base.removesuffix('/pipeline')}/_/pipeline/{namespace}{page}"
    return f"{base}/{page}"


def schedule_page(endpoint: Endpoint, schedule: str) -> str:
    """The page of a recurring run."""
    return run_page(endpoint, schedule).replace("#/runs/details/", "#/recurringrun/details/")
