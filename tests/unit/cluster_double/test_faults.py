"""Faults that a test asks for, and restarts."""

import time

import pytest
import requests

from tests.unit.cluster_double.bench import V2, compiled

HEALTH = f"{V2}/healthz"


def test_the_next_answers_of_a_path_are_errors_and_then_all_is_well(bench):
    bench.cluster.admin.fault("api", "status", "/healthz", times=2, status=503, retry_after="1")
    answers = [bench.ask("GET", HEALTH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "1"
    assert bench.ask("GET", f"{V2}/runs").status_code == 200


def test_a_fault_can_wait_for_its_turn_and_for_its_method(bench):
    bench.cluster.admin.fault("api", "status", "/healthz", skip=1, method="GET", status=429)
    assert [bench.ask("GET", HEALTH).status_code for _ in range(3)] == [200, 429, 200]


@pytest.mark.parametrize("kind", ["cut", "lost", "half"])
def test_a_connection_ends_before_during_or_instead_of_an_answer(bench, kind):
    bench.cluster.admin.fault("api", kind, "/experiments", method="POST")
    name = f"experiment {kind}"
    with pytest.raises(requests.RequestException):
        print(bench.ask("POST", f"{V2}/experiments", json={"display_name": name}).text)
    found = bench.ask("GET", f"{V2}/experiments", params={"page_size": "200"}).json().get("experiments", [])
    assert (name in [each["display_name"] for each in found]) == (kind != "cut")


def test_a_server_can_hang(bench):
    bench.cluster.admin.fault("iap", "hang", "/healthz")
    with pytest.raises(requests.Timeout):
        requests.get(bench.cluster.url + HEALTH, timeout=0.5)
    assert bench.ask("GET", HEALTH, direct=False).status_code == 302


def test_an_upload_can_be_cut(bench):
    bench.cluster.admin.fault("api", "cut", "/pipelines/upload")
    with pytest.raises(requests.ConnectionError):
        bench.ask("POST", f"{V2}/pipelines/upload", files={"uploadfile": ("p.yaml", b"x" * (8 << 20))})


def test_storage_meets_faults_on_its_way_for_clients(bench, monkeypatch):
    from google.cloud import storage

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bench.cluster.storage_url)
    bucket = storage.Client(project="p").bucket(bench.cluster.bucket.removeprefix("gs://"))
    bench.cluster.admin.fault("storage", "status", method="PUT", status=503)
    with bucket.blob("large").open("wb", chunk_size=256 << 10) as out:
        out.write(b"y" * (1 << 20))  # resumable: its address must lead through the faults too
    assert bucket.blob("large").download_as_bytes() == b"y" * (1 << 20)
    assert len(bench.cluster.admin.asked("storage", "/upload")) > 4


def test_a_run_goes_on_while_the_server_is_away(bench):
    bench.step("a", "time.sleep(0.5)")
    spec, _ = compiled(
        """
@dsl.container_component
def a():
    return step('a', [])

@dsl.pipeline(name='away')
def p():
    a().set_caching_options(False)
"""
    )
    run = bench.start(spec)
    bench.cluster.admin.stop("api")
    with pytest.raises(requests.ConnectionError):
        bench.run(run)
    assert bench.ask("GET", HEALTH, direct=False, headers=token(bench)).status_code == 502
    bench.cluster.admin.start("api")
    assert bench.until(run)["state"] == "SUCCEEDED"
    bench.cluster.admin.restart("api")
    assert bench.run(run)["state"] == "SUCCEEDED"


def token(bench):
    return {"Authorization": f"Bearer {bench.cluster.id_token()}"}


def test_tokens_can_be_short_lived(bench):
    bench.cluster.admin.token_lifetime(1)
    headers = token(bench)
    assert bench.ask("GET", HEALTH, direct=False, headers=headers).status_code == 200
    bench.cluster.admin.skew(60)
    assert bench.ask("GET", HEALTH, direct=False, headers=headers).status_code == 401
    bench.cluster.admin.token_lifetime(3600)


def test_all_deeds_are_there_over_http_for_tests_that_are_not_in_python(bench):
    url = f"{bench.cluster.admin_url}/admin"
    asked = {"place": "api", "kind": "status", "path": "/healthz", "status": 500}
    assert requests.post(f"{url}/fault", json=asked, timeout=30).status_code == 200
    assert bench.ask("GET", HEALTH).status_code == 500
    assert requests.post(f"{url}/fault", json={"place": "moon", "kind": "cut"}, timeout=30).status_code == 400
    assert requests.post(f"{url}/nothing", timeout=30).status_code == 404
    told = requests.post(f"{url}/asked", json={"place": "api", "path": HEALTH}, timeout=30).json()
    assert told[-1]["path"] == HEALTH
    assert "authorization" not in told[-1]["headers"]


def test_no_run_is_left_when_the_double_ends(tmp_path):
    from tests.cluster import cluster
    from tests.unit.cluster_double.bench import Bench

    with cluster() as started:
        bench = Bench(started, tmp_path)
        alive = tmp_path / "alive"
        bench.step(
            "a", f"alive = pathlib.Path({str(alive)!r})\nwhile True:\n    alive.touch(); time.sleep(0.01)"
        )
        spec, _ = compiled(
            """
@dsl.container_component
def a():
    return step('a', [])

@dsl.pipeline(name='endless')
def p():
    a()
"""
        )
        bench.start(spec)
        while not alive.exists():
            time.sleep(0.02)
    alive.unlink()
    time.sleep(0.1)
    assert not alive.exists()
