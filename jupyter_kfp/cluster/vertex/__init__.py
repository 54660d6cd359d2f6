"""Vertex AI Pipelines: the same package, submitted and followed through Google's own library.

The library (extra `vertex`) takes seconds to import, so it is imported when a client is made, and nowhere before.
"""
