"""Vertex AI from Python and from JupyterLab's server: the ways in know no kinds."""

import io
import json

import pytest

import jupyter_kfp
from jupyter_kfp.server import cluster_runs, sign_in
from jupyter_kfp.server.endpoint_shapes import endpoint_shape
from tests.systems.vertex import Refusal


def finish(work, run_id):
    work.succeeded(run_id, "load", "add", metrics={"accuracy": 0.75})
    work.vertex.play(run_id, "SUCCEEDED", {"load": "SUCCEEDED", "add": "SUCCEEDED"})


def only_run(vertex):
    (job,) = vertex.jobs.values()
    return job.name.rpartition("/")[2]


class TestPython:
    def submit(self, work):
        return jupyter_kfp.submit(
            work.notebook, images={str(step): image for step, image in work.images.items()}
        )

    def test_a_run_is_submitted_and_waited_for(self, work, chosen, vertex):
        run = self.submit(work)
        assert run.status == "RUNNING"
        finish(work, only_run(vertex))
        assert run.wait().metrics == {"accuracy": 0.75}
        assert run.outputs()["add"].log is not None

    def test_a_run_is_canceled(self, work, chosen, vertex):
        assert self.submit(work).cancel()
        assert vertex.job(only_run(vertex)).state.name == "PIPELINE_STATE_CANCELLING"


class TestServer:
    def test_the_endpoint_is_shown_with_its_address_and_way(self, configure):
        configure(host=None)
        assert endpoint_shape("google") == {
            "name": "google",
            "kind": "vertex",
            "host": "https://europe-west4-aiplatform.googleapis.com",
            "way": "token",
            "signed_in": True,
        }

    @pytest.fixture
    def sign_in_process(self, monkeypatch):
        """What the process of a sign-in tells."""

        def run():
            out = io.StringIO()
            monkeypatch.setattr("sys.stdout", out)
            status = sign_in.main("google")
            return status, json.loads(out.getvalue())

        return run

    def test_nothing_is_left_to_do_where_credentials_are_here(self, chosen, sign_in_process):
        assert sign_in_process() == (0, {"user": ""})

    def test_without_credentials_it_says_what_to_run(self, configure, sign_in_process):
        configure(sign_in=None)
        status, told = sign_in_process()
        assert status == 1
        assert "gcloud auth application-default login" in json.dumps(told["problem"])

    def test_a_run_is_followed_fetched_and_canceled_by_its_folder(self, work, chosen, vertex):
        done = work.submit(chosen)
        folder = {"folder": str(done.folder)}
        assert cluster_runs.cancel_there(folder)
        finish(work, done.known.run_id)
        cluster_runs.follow(done.folder)
        assert json.loads((done.folder / "run.json").read_text())["status"] == "SUCCEEDED"
        assert cluster_runs.fetch(folder) > 0

    def test_a_refusal_is_a_problem_and_no_traceback(self, work, chosen, vertex):
        done = work.submit(chosen)
        vertex.faults = [Refusal(403, "Permission 'aiplatform.pipelineJobs.cancel' denied on resource")]
        with pytest.raises(jupyter_kfp.JupyterKfpError, match="does not let you") as caught:
            cluster_runs.cancel_there({"folder": str(done.folder)})
        assert "aiplatform.pipelineJobs.cancel" in caught.value.fix
