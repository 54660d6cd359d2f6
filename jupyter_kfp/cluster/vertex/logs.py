"""What a step on Vertex AI has printed while it runs, from Cloud Logging.

In: the name of the step's custom job. Out: its lines. Another address of the service is taken from
CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING, as gcloud does. https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
"""

from __future__ import annotations

import os
from typing import Any

from ..errors import Refused, safe_text

ADDRESS = "https://logging.googleapis.com/"
OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING"
SECONDS = 30
MOST = 1000  # entries
ROLE = "Logs Viewer (roles/logging.viewer)"


def job_log(credentials: Any, project: str, job: str) -> bytes:  # noqa: ANN401
    """The lines of a job, `projects/…/customJobs/ID`, the last ones where there are many. Raises Refused."""
    from google.auth.transport.requests import AuthorizedSession

    number = job.rpartition("/")[2]
    if not number.isdigit():
        raise Refused(f"{job} is no job on Vertex AI", 404)
    asked = {
        "resourceNames": [f"projects/{project}"],
        "filter": f'resource.type="ml_job" AND resource.labels.job_id="{number}"',
        "orderBy": "timestamp desc",
        "pageSize": MOST,
    }
    url = f"{os.environ.get(OVERRIDE, ADDRESS).rstrip('/')}/v2/entries:list"
    with AuthorizedSession(credentials) as session:
        response = session.post(url, json=asked, timeout=SECONDS)
    if not response.ok:
        raise Refused(
            f"Cloud Logging does not give the step's lines: {safe_text(response.text)}",
            response.status_code,
            where=project,
            fix=f"ask for {ROLE}; once the step has ended, its log is in the bucket",
        )
    entries = response.json().get("entries", [])
    return "\n".join(_text(entry) for entry in reversed(entries)).encode()


def _text(entry: dict[str, Any]) -> str:
    payload = entry.get("jsonPayload")
    message = payload.get("message") if isinstance(payload, dict) else None
    return str(entry.get("textPayload") or message or "").rstrip("\n")
