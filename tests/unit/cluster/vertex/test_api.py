"""The API of Vertex AI: Google's own client against a double that reads and writes Google's own message types."""

import pytest
import yaml

from jupyter_kfp.cluster import open_api
from jupyter_kfp.cluster.errors import (
    AlreadyThere,
    EndpointError,
    NotFound,
    Refused,
    SignInError,
    Unreachable,
)
from jupyter_kfp.cluster.vertex.jobs import job_id
from tests.systems.vertex import PLACE, PROJECT, REGION, Refusal

NAME = "2026-11-24T101500-iris-3f2a51c0"


@pytest.fixture
def api(endpoint, vertex):
    with open_api(endpoint(host=vertex.url)) as opened:
        yield opened


@pytest.fixture
def version(api, spec):
    made, new = api.bring("iris", "", "iris-0123456789abcdef", yaml.safe_dump(spec).encode())
    assert new is None
    return made


@pytest.fixture
def start(api, version):
    def run(name=NAME, parameters=None, **more):
        experiment = api.experiment("My flowers!").experiment_id
        return api.start(name, version, experiment, parameters or {"size": 3}, **more)

    return run


def test_the_first_request_says_who_asks_and_where(api, vertex):
    hello = api.hello()
    assert hello.signed_in == "signed in: token"
    assert PROJECT in hello.service
    assert vertex.authorization == ["Bearer ya29.not-a-real-token"]


class TestStart:
    def test_a_run_has_its_parameters_its_root_and_its_labels(self, api, start, vertex):
        started = start(
            parameters={"size": 3}, service_account="steps@example-project.iam.gserviceaccount.com"
        )
        assert (started.run_id, started.display_name, started.state) == (job_id(NAME), NAME, "PENDING")
        job = vertex.job(started.run_id)
        assert job.runtime_config.gcs_output_directory == "gs://example-bucket/team/pipeline_root"
        assert job.service_account == "steps@example-project.iam.gserviceaccount.com"
        assert dict(job.labels) == {
            "jupyter_kfp_pipeline": "iris",
            "jupyter_kfp_version": "iris-0123456789abcdef",
            "jupyter_kfp_experiment": "my-flowers",
        }
        there = api.run(started.run_id)
        assert there.runtime_config.parameters == {"size": 3}
        assert isinstance(there.runtime_config.parameters["size"], int)

    @pytest.mark.parametrize(
        "value", [0, -1, 2.5, "", "a\nb ✓", True, None, [1, 2.5, "x"], {"a": {"b": [None]}}]
    )
    def test_every_value_arrives_as_it_was_sent(self, api, vertex, spec, value):
        parameters = {"inputDefinitions": {"parameters": {"size": {"parameterType": "STRUCT"}}}}
        spec = {**spec, "root": {**spec["root"], **parameters}}
        version, _ = api.bring("iris", "", "v", yaml.safe_dump(spec).encode())
        api.start(NAME, version, "e", {"size": value})
        assert api.run(job_id(NAME)).runtime_config.parameters == {"size": value}

    def test_the_same_name_is_never_started_twice(self, api, start, vertex):
        start()
        with pytest.raises(AlreadyThere):
            start()
        assert len(vertex.jobs) == 1
        assert api.find_run(NAME).run_id == job_id(NAME)

    def test_a_lost_answer_is_told_as_one_that_may_have_done_it(self, start, vertex):
        vertex.faults = ["late"]
        with pytest.raises(Unreachable) as caught:
            start()
        assert caught.value.sent
        assert len(vertex.jobs) == 1

    def test_a_package_with_a_document_for_kubernetes_is_refused(self, api, spec):
        package = yaml.safe_dump_all([spec, {"platforms": {"kubernetes": {}}}]).encode()
        with pytest.raises(Refused, match="Vertex AI does not take") as caught:
            api.bring("iris", "", "v", package)
        assert "--target vertex" in caught.value.fix

    def test_what_vertex_does_not_take_is_told_in_its_words(self, start):
        with pytest.raises(Refused, match="Unknown input parameters"):
            start(parameters={"size": 3, "other": 1})

    def test_a_network_goes_with_the_run(self, endpoint, vertex, spec):
        network = "projects/4711/global/networks/private"
        with open_api(endpoint(host=vertex.url, network=network)) as api:
            version, _ = api.bring("iris", "", "v", yaml.safe_dump(spec).encode())
            api.start(NAME, version, "", {"size": 1}, pipeline_root="gs://elsewhere/root")
        job = vertex.job(job_id(NAME))
        assert (job.network, job.runtime_config.gcs_output_directory) == (network, "gs://elsewhere/root")


class TestRuns:
    def test_runs_are_listed_page_by_page_the_newest_first(self, api, start, vertex):
        names = [f"{NAME}-{number}" for number in range(5)]
        for name in names:
            start(name)
        vertex.page = 2
        assert [run.display_name for run in api.runs()] == names[::-1]
        assert all(run.pipeline_spec is None and not run.tasks for run in api.runs())

    def test_the_runs_of_a_pipeline_are_found_by_its_label(self, api, start):
        start()
        assert [run.display_name for run in api.runs(pipeline="iris")] == [NAME]
        assert list(api.runs(pipeline="other")) == []

    def test_the_specification_of_a_listed_run_is_asked_for(self, api, start, spec):
        start()
        (listed,) = api.runs()
        assert api.spec_of(listed) == spec

    @pytest.mark.parametrize("text", ["nothing", "x/y", "A name", 'quo"te', "..", "é", "a\\b"])
    def test_a_run_that_is_not_there_is_none(self, api, text):
        assert api.find_run(text) is None
        with pytest.raises(NotFound):
            api.run(text)

    def test_a_run_of_another_tool_is_found_by_id_and_by_name(self, api, start, vertex):
        start()
        job = vertex.job(job_id(NAME))
        job.display_name = "by hand"
        assert api.find_run(job_id(NAME)).display_name == "by hand"
        assert api.find_run("by hand").run_id == job_id(NAME)

    def test_cancel_asks_vertex_to_stop(self, api, start):
        run = start()
        api.cancel(run.run_id)
        assert api.run(run.run_id).state == "CANCELING"

    def test_there_is_no_retry_and_the_error_says_what_to_do(self, api, start):
        with pytest.raises(Refused, match="cannot go on") as caught:
            api.retry(start().run_id)
        assert "submit again" in caught.value.fix

    def test_the_lines_of_a_running_step_come_from_cloud_logging(self, api, vertex, monkeypatch):
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING", vertex.url)
        vertex.logs = {"8001": "first\nsecond"}
        assert api.pod_log("run", f"{PLACE}/customJobs/8001") == b"first\nsecond"
        with pytest.raises(Refused):
            api.pod_log("run", 'x" OR resource.type="gce_instance')


class TestSchedules:
    def test_a_schedule_is_made_paused_resumed_and_deleted(self, api, version, vertex):
        made = api.schedule(NAME, version, "flowers", "0 6 * * *", {"size": 3})
        assert (made.display_name, made.cron, made.is_on) == (NAME, "0 6 * * *", True)
        api.switch(made.recurring_run_id, False)
        assert [one.is_on for one in api.schedules()] == [False]
        api.switch(made.recurring_run_id, True)
        assert [one.is_on for one in api.schedules()] == [True]
        api.delete_schedule(made.recurring_run_id)
        assert list(api.schedules()) == []

    def test_its_runs_are_like_those_that_are_submitted(self, api, version, vertex):
        api.schedule(NAME, version, "flowers", "0 6 * * *", {"size": 3})
        (schedule,) = vertex.schedules.values()
        job = schedule.create_pipeline_job_request.pipeline_job
        assert job.labels["jupyter_kfp_experiment"] == "flowers"
        assert job.runtime_config.gcs_output_directory == "gs://example-bucket/team/pipeline_root"
        assert schedule.max_concurrent_run_count == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("refusal", "kind", "message", "fix"),
        [
            (Refusal(401, "invalid credentials"), SignInError, "does not take the sign-in", "gcloud auth"),
            (
                Refusal(403, "Permission 'aiplatform.pipelineJobs.list' denied on resource"),
                Refused, "does not let you", "roles/aiplatform.user",
            ),
            (
                Refusal(403, "Vertex AI API has not been used in project 4711 before", "SERVICE_DISABLED"),
                Refused, "API is not on", "gcloud services enable aiplatform.googleapis.com",
            ),
            (
                Refusal(403, "The aiplatform.googleapis.com API requires a quota project", "SERVICE_DISABLED"),
                Refused, "no project whose quota", "set-quota-project example-project",
            ),
            (
                Refusal(403, "You do not have permission to act as service account: (iam.serviceAccounts.actAs)"),
                Refused, "as that service account", "roles/iam.serviceAccountUser",
            ),
            (
                Refusal(403, "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: Xy"),
                Refused, "VPC Service Controls", "incident",
            ),
            (Refusal(404, "The resource is not found."), NotFound, "not found", "region"),
            (Refusal(400, "List of found errors: 1.Field: x"), Refused, "does not take what", "doctor"),
            (Refusal(400, "Service account a@b does not exist."), Refused, "cannot be used", "service_account"),
            (Refusal(418, "a teapot"), Refused, "status 418", "words"),
        ],
    )  # fmt: skip
    def test_each_refusal_is_told_with_what_to_do_about_it(self, api, vertex, refusal, kind, message, fix):
        vertex.faults = [refusal] * 3  # after a 401 google-auth gets a new token and asks again, twice
        with pytest.raises(kind, match=message) as caught:
            api.hello()
        assert fix in caught.value.fix
        assert REGION in caught.value.where

    @pytest.mark.parametrize(
        "fault", [Refusal(503, "busy"), Refusal(500, "oops"), Refusal(429, "quota"), "cut"]
    )
    def test_what_passes_is_asked_again(self, api, vertex, no_waiting, fault):
        vertex.faults = [fault, fault]
        api.hello()
        assert len(vertex.asked) == 3
        assert len(no_waiting) >= 2

    def test_what_does_not_pass_is_told_in_the_end(self, api, vertex, monkeypatch):
        monkeypatch.setattr("jupyter_kfp.cluster.vertex.api.PATIENCE", 0.0)
        vertex.faults = [Refusal(429, "Quota exceeded for aiplatform.googleapis.com")]
        with pytest.raises(Unreachable, match="a quota is used up") as caught:
            api.hello()
        assert "quotas" in caught.value.fix

    def test_a_start_is_not_asked_for_twice_behind_our_back(self, start, vertex):
        vertex.faults = [Refusal(503, "busy")]
        with pytest.raises(Unreachable):
            start()
        assert len(vertex.asked) == 1

    def test_nobody_there_is_told(self, endpoint, monkeypatch):
        monkeypatch.setattr("jupyter_kfp.cluster.vertex.api.PATIENCE", 0.0)
        with (
            open_api(endpoint(host="http://127.0.0.1:9")) as api,
            pytest.raises(Unreachable, match="refused"),
        ):
            api.hello()


class TestSettings:
    @pytest.mark.parametrize("field", ["project", "region"])
    def test_project_and_region_are_needed(self, endpoint, field):
        chosen = endpoint(**{field: None}, host="http://127.0.0.1:9")
        with pytest.raises(EndpointError, match=f"needs `{field}`"), open_api(chosen):
            pass

    def test_the_address_is_the_regions_own_where_none_is_given(self, endpoint):
        assert endpoint().host == f"https://{REGION}-aiplatform.googleapis.com"

    def test_a_kubernetes_service_account_is_refused_before_anything_is_sent(self, endpoint, vertex):
        chosen = endpoint(host=vertex.url, service_account="pipeline-runner")
        with pytest.raises(EndpointError, match="no Google service account"), open_api(chosen):
            pass
        assert vertex.asked == []

    @pytest.mark.parametrize("region", ["evil.example.com/x", "Europe-West4", "europe", "a-b/..", ""])
    def test_a_region_cannot_lead_elsewhere(self, endpoint, region):
        with pytest.raises(EndpointError):
            open_api(endpoint(region=region or None)).__enter__()

    def test_without_the_library_one_line_says_what_to_install(self, endpoint, monkeypatch):
        import importlib.util

        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(EndpointError, match="not installed") as caught, open_api(endpoint()):
            pass
        assert caught.value.fix == "pip install 'jupyter-kfp[vertex]'"
