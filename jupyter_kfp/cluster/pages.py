"""Addresses of the pages of runs and schedules: Kubeflow's, and those of Google Cloud's console."""

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


def vertex_run_page(endpoint: Endpoint, run: str) -> str:
    """The page of a run in Google Cloud's console."""
    return _console(endpoint, "runs", run)


def vertex_schedule_page(endpoint: Endpoint, schedule: str) -> str:
    """The page of a schedule in Google Cloud's console."""
    return _console(endpoint, "schedules", schedule)


def _console(endpoint: Endpoint, what: str, which: str) -> str:
    base = endpoint.ui or "https://console.cloud.google.com"
    region, project = quote(endpoint.region or "", safe=""), quote(endpoint.project or "", safe="")
    return f"{base}/vertex-ai/pipelines/locations/{region}/{what}/{quote(which, safe='')}?project={project}"
