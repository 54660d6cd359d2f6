"""Times as people write them, and as each cluster takes them."""

import pytest

from jupyter_kfp.cluster.cron import five_fields, six_fields
from jupyter_kfp.cluster.errors import ClusterError


@pytest.mark.parametrize(
    ("given", "kubeflow", "vertex"),
    [
        ("0 6 * * *", "0 0 6 * * *", "0 6 * * *"),
        (" 0  6 * * 1-5 ", "0 0 6 * * 1-5", "0 6 * * 1-5"),
        ("0 0 6 * * *", "0 0 6 * * *", "0 6 * * *"),
        ("@daily", "@daily", "0 0 * * *"),
        ("@HOURLY", "@HOURLY", "0 * * * *"),
    ],
)
def test_each_cluster_gets_what_it_takes(given, kubeflow, vertex):
    assert (six_fields(given), five_fields(given)) == (kubeflow, vertex)


@pytest.mark.parametrize("text", ["", "every day", "* * * *", "0 0 0 6 * * *"])
def test_what_is_none_is_told(text):
    for form in (five_fields, six_fields):
        with pytest.raises(ClusterError, match="is not a cron expression"):
            form(text)


@pytest.mark.parametrize("text", ["30 0 6 * * *", "@every 5m".replace(" ", "")])
def test_vertex_knows_no_seconds(text):
    with pytest.raises(ClusterError, match="cannot be said to Vertex AI"):
        five_fields(text)
