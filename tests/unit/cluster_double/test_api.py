"""What the double's API keeps, lists and refuses; and that kfp's own client is content with it."""

import io
import json
import tarfile
import zipfile

import pytest
import yaml

from tests.cluster import cluster
from tests.unit.cluster_double.bench import V2, Bench, compiled


@pytest.fixture(scope="module")
def spec():
    return compiled(
        """
@dsl.container_component
def a(x: str, n: int):
    return step('a', [f'--x={x}', f'--n={n}'])

@dsl.pipeline(name='small')
def p(x: str, n: int = 3):
    a(x=x, n=n).set_caching_options(False)
"""
    )[0]


def test_the_server_tells_its_version_in_its_older_health_check_only(bench):
    assert bench.ask("GET", "/apis/v1beta1/healthz").json()["tag_name"] == "2.17.0"
    assert bench.ask("GET", f"{V2}/healthz").json() == {"multi_user": False}
    assert bench.ask("GET", f"/pipeline{V2}/healthz").status_code == 200


def test_a_package_is_taken_as_yaml_zip_and_tar_gz(bench, spec):
    text = yaml.safe_dump(spec).encode()
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("pipeline.yaml", text)
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        entry = tarfile.TarInfo("pipeline.yaml")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    for name, data in (("p.yaml", text), ("p.zip", zipped.getvalue()), ("p.tar.gz", tarred.getvalue())):
        sent = {"uploadfile": (name, data)}
        answer = bench.ask("POST", f"{V2}/pipelines/upload", params={"name": name}, files=sent)
        assert answer.status_code == 200, answer.text
        versions = bench.ask("GET", f"{V2}/pipelines/{answer.json()['pipeline_id']}/versions").json()
        assert versions["pipeline_versions"][0]["pipeline_spec"]["pipelineInfo"]["name"] == "small"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "Failed to parse"),
        ("apiVersion: argoproj.io/v1alpha1", "unknown template format"),
        ("{pipelineInfo: {name: p}, schemaVersion: 2.1.0, root: {dog: {}}}", "pipeline spec is invalid"),
        (
            "{pipelineInfo: {name: p}, schemaVersion: 2.1.0, root: {dag: {tasks: {a: {componentRef: {name: x}}}}}}",
            "not found",
        ),
    ],
)
def test_a_package_that_is_not_right_is_refused(bench, text, words):
    answer = bench.ask("POST", f"{V2}/pipelines/upload", files={"uploadfile": ("p.yaml", text)})
    assert answer.status_code == 400
    assert words in answer.json()["error_message"]


def test_a_name_is_given_once(bench, spec):
    first = bench.upload([spec], "taken")
    assert bench.upload([spec], "taken").status_code == 409
    pipeline = first.json()["pipeline_id"]
    sent = {"uploadfile": ("p.yaml", yaml.safe_dump(spec))}
    query = {"pipelineid": pipeline, "name": "v2"}
    statuses = [
        bench.ask("POST", f"{V2}/pipelines/upload_version", params=query, files=sent).status_code
        for _ in range(2)
    ]
    assert statuses == [200, 409]
    bench.ask("POST", f"{V2}/experiments", json={"display_name": "mine"})
    answer = bench.ask("POST", f"{V2}/experiments", json={"display_name": "mine"})
    assert (answer.status_code, answer.json()["code"]) == (409, 6)
    assert bench.ask("GET", f"{V2}/pipelines/names/taken").json()["pipeline_id"] == pipeline
    assert bench.ask("DELETE", f"{V2}/pipelines/{pipeline}").status_code == 400
    assert bench.ask("DELETE", f"{V2}/pipelines/{pipeline}", params={"cascade": "true"}).status_code == 200
    assert bench.ask("GET", f"{V2}/pipelines/{pipeline}").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"display_nam": "x"}, "there is no `display_nam`"),
        ({"runtime_config": {"parameters": {"x": 1}}}, "is not a STRING"),
        ({"runtime_config": {"parameters": {"x": "y", "n": 1.5}}}, "is not a NUMBER_INTEGER"),
        ({"runtime_config": {"parameters": {"x": "y", "z": 1}}}, "is not an input"),
        ({"runtime_config": {}}, "is required"),
        ({"pipeline_spec": None}, "spec source is missing"),
        ({"state": "GREEN"}, "is none of"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(bench, spec, change, words):
    body = {
        "display_name": "r",
        "pipeline_spec": spec,
        "runtime_config": {"parameters": {"x": "y"}},
        **change,
    }
    answer = bench.ask("POST", f"{V2}/runs", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def listed(bench, **query):
    names, token = [], ""
    while True:
        more = {"page_token": token} if token else {}
        page = bench.ask("GET", f"{V2}/runs", params={**query, **more}).json()
        names += [each["display_name"] for each in page.get("runs", [])]
        token = page.get("next_page_token", "")
        if not token:
            return names


def predicate(**told):
    return json.dumps({"predicates": [told]})


def test_a_thousand_runs_are_listed_page_by_page_in_order(bench):
    bench.cluster.admin.add_finished_runs(1000)
    newest = [name for name in listed(bench, sort_by="created_at desc", page_size=150) if "finished" in name]
    assert newest == [f"finished-{number:05}" for number in reversed(range(1000))]
    assert len(bench.ask("GET", f"{V2}/runs").json()["runs"]) == 20
    one = predicate(key="display_name", operation="EQUALS", string_value="finished-00042")
    assert listed(bench, filter=one) == ["finished-00042"]
    some = predicate(key="display_name", operation="IS_SUBSTRING", string_value="finished-0004")
    assert len(listed(bench, filter=some)) == 10


def test_a_run_that_is_made_between_two_pages_moves_nothing(bench):
    query = {"sort_by": "created_at desc", "page_size": "5"}
    first = bench.ask("GET", f"{V2}/runs", params=query).json()
    bench.cluster.admin.add_finished_runs(1)
    second = bench.ask("GET", f"{V2}/runs", params={**query, "page_token": first["next_page_token"]}).json()
    assert not {run["run_id"] for run in first["runs"]} & {run["run_id"] for run in second["runs"]}


@pytest.mark.parametrize(
    "query",
    [
        {"page_token": "nonsense"},
        {"sort_by": "colour"},
        {"page_size": "-1"},
        {"filter": "{"},
        {"filter": predicate(key="colour", operation="EQUALS", string_value="red")},
        {"filter": predicate(key="name", operation="LIKES", string_value="red")},
    ],
)
def test_a_list_that_makes_no_sense_is_refused(bench, query):
    bench.cluster.admin.add_finished_runs(1)
    assert bench.ask("GET", f"{V2}/runs", params=query).status_code == 400


def test_a_schedule_is_kept_switched_and_starts_runs_when_told(bench, spec):
    bench.step("a", "")
    body = {
        "display_name": "nightly",
        "pipeline_spec": spec,
        "runtime_config": {"parameters": {"x": "y"}},
        "trigger": {"cron_schedule": {"cron": "0 0 6 * * *"}},
        "mode": "ENABLE",
        "max_concurrency": "1",
    }
    wrong = {**body, "trigger": {"cron_schedule": {"cron": "every day"}}}
    assert bench.ask("POST", f"{V2}/recurringruns", json=wrong).status_code == 400
    made = bench.ask("POST", f"{V2}/recurringruns", json=body).json()
    place = f"{V2}/recurringruns/{made['recurring_run_id']}"
    assert made["status"] == "ENABLED"
    run = bench.cluster.admin.fire(made["recurring_run_id"])
    assert bench.until(run["run_id"])["recurring_run_id"] == made["recurring_run_id"]
    bench.ask("POST", f"{place}:disable")
    assert bench.ask("GET", place).json()["status"] == "DISABLED"
    listed = bench.ask("GET", f"{V2}/recurringruns").json()["recurringRuns"]
    assert [each["display_name"] for each in listed] == ["nightly"]
    assert bench.ask("DELETE", place).status_code == 200
    assert bench.ask("GET", place).status_code == 404


def test_a_run_is_put_into_the_archive_and_taken_out(bench, spec):
    bench.step("a", "")
    run = bench.finished(spec, {"x": "y"})["run_id"]
    for action, state in (("archive", "ARCHIVED"), ("unarchive", "AVAILABLE")):
        assert bench.ask("POST", f"{V2}/runs/{run}:{action}").status_code == 200
        assert bench.run(run)["storage_state"] == state


def test_a_store_in_a_folder_is_there_after_a_restart(tmp_path, spec):
    folder = tmp_path / "store"
    with cluster(folder=folder) as first:
        bench = Bench(first, tmp_path)
        bench.step("a", "")
        pipeline = bench.upload([spec], "kept").json()["pipeline_id"]
        run = bench.finished(spec, {"x": "y"})
    with cluster(folder=folder) as second:
        bench = Bench(second, tmp_path)
        assert bench.ask("GET", f"{V2}/pipelines/names/kept").json()["pipeline_id"] == pipeline
        assert bench.run(run["run_id"]) == run


def test_kfps_own_client_uploads_starts_and_waits(bench, spec, tmp_path):
    import kfp

    bench.step("a", "print(flags)")
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(spec))
    client = kfp.Client(host=bench.cluster.direct_url)
    pipeline = client.upload_pipeline(str(tmp_path / "p.yaml"), pipeline_name="by kfp")
    version = client.upload_pipeline_version(
        str(tmp_path / "p.yaml"), pipeline_version_name="two", pipeline_id=pipeline.pipeline_id
    )
    experiment = client.create_experiment("by kfp")
    run = client.run_pipeline(
        experiment.experiment_id, "job", params={"x": "y"}, pipeline_id=pipeline.pipeline_id,
        version_id=version.pipeline_version_id,
    )  # fmt: skip
    assert client.wait_for_run_completion(run.run_id, timeout=60, sleep_duration=1).state == "SUCCEEDED"
    assert [each.run_id for each in client.list_runs(experiment_id=experiment.experiment_id).runs] == [
        run.run_id
    ]
