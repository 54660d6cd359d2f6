"""Kubeflow Pipelines behind Google's Identity-Aware Proxy, and Vertex AI: sign in, submit, follow, bring results home.

In: a Pipeline and an endpoint of Jupyter's config. Out: a run on the cluster, and a folder here that tells of it with
the events of a local run. Imports downward only; what is heavy is imported when it is used.
"""

from .api import Api
from .connection import Connection
from .endpoints import Chosen, Endpoint, endpoint_names, load_endpoint
from .errors import ClusterError, EndpointError, SignInError
from .follow import follow_run, snapshot
from .kinds import choose_way, kind_of, open_api
from .known import Known, find_known, recall
from .results import Results
from .submit import Submitted, submit

__all__ = [
    "Api",
    "Chosen",
    "ClusterError",
    "Connection",
    "Endpoint",
    "EndpointError",
    "Known",
    "Results",
    "SignInError",
    "Submitted",
    "choose_way",
    "endpoint_names",
    "find_known",
    "follow_run",
    "kind_of",
    "load_endpoint",
    "open_api",
    "recall",
    "snapshot",
    "submit",
]
