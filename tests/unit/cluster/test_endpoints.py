"""Where each setting of an endpoint comes from, and what is wrong with it."""

import pytest

from jupyter_kfp.cluster.endpoints import load_endpoint
from jupyter_kfp.cluster.errors import EndpointError

TEAM = {"host": "https://kubeflow.example.com/", "bucket": "gs://bucket/team"}


def test_without_any_configuration_the_error_says_what_to_write():
    with pytest.raises(EndpointError, match="no cluster is configured") as caught:
        load_endpoint()
    assert "jupyter_kfp_config.py" in caught.value.fix


def test_the_only_endpoint_is_used(configure):
    file = configure("user", {"endpoints": {"team": TEAM}})
    chosen = load_endpoint()
    assert (chosen.name, chosen.host) == ("team", "https://kubeflow.example.com")
    assert chosen.origins["bucket"].text == str(file)


def test_the_user_wins_over_the_system_setting_by_setting(configure):
    system = configure("system", {"endpoints": {"team": {**TEAM, "namespace": "shared"}}})
    user = configure("user", 'c.JupyterKfp.endpoints = {"team": {"namespace": "mine"}}')
    chosen = load_endpoint()
    assert chosen.endpoint.namespace == "mine"
    assert chosen.endpoint.bucket == "gs://bucket/team"
    assert chosen.origins["namespace"].text == str(user)
    assert chosen.origins["host"].text == str(system)


def test_the_environment_wins_over_files_and_an_option_over_both(configure, monkeypatch):
    configure("user", {"endpoints": {"team": TEAM}})
    monkeypatch.setenv("JUPYTER_KFP_NAMESPACE", "variable")
    monkeypatch.setenv("JUPYTER_KFP_EXPERIMENT", "variable")
    chosen = load_endpoint(None, {"experiment": "option", "bucket": None})
    assert (chosen.endpoint.namespace, chosen.endpoint.experiment) == ("variable", "option")
    assert chosen.origins["namespace"].text == "JUPYTER_KFP_NAMESPACE"
    assert chosen.origins["experiment"].text == "--experiment"


def test_a_notebook_wins_over_files_and_not_over_the_environment(configure, monkeypatch):
    configure("user", {"endpoints": {"team": {**TEAM, "experiment": "file"}}})
    monkeypatch.setenv("JUPYTER_KFP_BUCKET", "gs://variable/x")
    chosen = load_endpoint().with_notebook({"bucket": "gs://notebook/x", "experiment": "notebook"})
    assert (chosen.endpoint.bucket, chosen.endpoint.experiment) == ("gs://variable/x", "notebook")


def test_variables_alone_are_an_endpoint(monkeypatch):
    monkeypatch.setenv("JUPYTER_KFP_HOST", "http://localhost:8888")
    assert load_endpoint().host == "http://localhost:8888"


def test_several_endpoints_have_to_be_chosen_among(configure, monkeypatch):
    configure("user", {"endpoints": {"a": TEAM, "b": {**TEAM, "namespace": "b"}}})
    with pytest.raises(EndpointError, match="several clusters"):
        load_endpoint()
    assert load_endpoint("b").endpoint.namespace == "b"
    monkeypatch.setenv("JUPYTER_KFP_ENDPOINT", "b")
    assert load_endpoint().name == "b"
    with pytest.raises(EndpointError, match="there is no endpoint `c`"):
        load_endpoint("c")


def test_a_file_can_choose_the_endpoint(configure):
    configure("user", {"endpoint": "b", "endpoints": {"a": TEAM, "b": TEAM}})
    assert load_endpoint().name == "b"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"host": "kubeflow.example.com"}, "https://host"),
        ({"host": "https://me:secret@kubeflow.example.com"}, "no user and no password"),
        ({"host": "https://kubeflow.example.com/?x=1"}, "without what follows"),
        ({**TEAM, "bucket": "bucket"}, "bucket"),
        ({**TEAM, "registry": "https://registry.example.com"}, "not the address of a registry"),
        ({**TEAM, "password": "x"}, "has no setting `password`"),
        ({**TEAM, "sign_in": "magic"}, "sign_in"),
    ],
)
def test_a_wrong_value_is_told_with_its_file(configure, values, words):
    file = configure("user", {"endpoints": {"team": values}})
    with pytest.raises(EndpointError) as caught:
        load_endpoint()
    assert words in str(caught.value)
    assert str(file) in caught.value.where
    assert "secret" not in str(caught.value)


def test_a_file_that_raises_is_told(configure):
    configure("user", "raise RuntimeError('no')")
    with pytest.raises(EndpointError, match="RuntimeError: no"):
        load_endpoint()
