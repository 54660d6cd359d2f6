"""A double of a Kubeflow cluster behind Identity-Aware Proxy, for tests and demonstrations: see README.md.

with cluster(images={"iris-load:latest": folder}) as c:
    ...  # c.url is behind the proxy, c.direct_url is not
"""

from .cluster import Cluster, cluster

__all__ = ["Cluster", "cluster"]
