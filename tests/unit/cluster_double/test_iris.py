"""The iris notebook, compiled, carried out by the double with real steps as processes."""

import pytest

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.package import compile_package
from jupyter_kfp.project import write_project
from jupyter_kfp.step import stage_files
from tests.unit.cluster_double.bench import V2, tasks


@pytest.mark.timeout(600)
def test_iris_runs_with_its_state_in_the_bucket_and_is_cached_the_second_time(
    bench, tmp_path, monkeypatch, request
):
    from google.cloud import storage

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bench.cluster.storage_url)
    examples = request.config.rootpath / "examples" / "notebooks"
    pipeline = analyse(read_notebook(examples / "iris.ipynb"))
    project = write_project(pipeline, tmp_path / "project")
    images = {step.name: f"registry.example.com/iris-{step.name}:1" for step in pipeline.steps}
    bench.cluster.images.update({image: project.step(name).folder for name, image in images.items()})
    package = compile_package(pipeline, tmp_path / "iris.yaml", images=images)
    root = f"{bench.cluster.bucket}/team"
    uploaded = bench.upload(package.documents, "iris").json()
    body = {
        "display_name": "iris",
        "pipeline_version_reference": {"pipeline_id": uploaded["pipeline_id"]},
        "runtime_config": {
            "parameters": {"bucket": root, "files": stage_files(root, examples, pipeline.data_files)},
            "pipeline_root": f"{root}/artifacts",
        },
    }
    first, second = (
        bench.until(bench.ask("POST", f"{V2}/runs", json=body).json()["run_id"], seconds=500)
        for _ in range(2)
    )
    logs = [bench.log(first, task) for task in tasks(first, "executor")]
    assert first["state"] == "SUCCEEDED", logs
    names = {
        blob.name
        for blob in storage.Client(project="p").list_blobs(bench.cluster.bucket.removeprefix("gs://"))
    }
    assert f"team/runs/{first['run_id']}/steps/test/output.ipynb" in names
    assert second["state"] == "SUCCEEDED"
    assert {task["state"] for task in tasks(second, "executor")} == {"SKIPPED"}
    assert not any(second["run_id"] in name for name in names)
