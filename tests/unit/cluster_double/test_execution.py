"""Pipelines that kfp compiled, carried out by the double."""

import json

import pytest

from tests.cluster import cluster
from tests.unit.cluster_double.bench import V2, Bench, compiled, tasks

WRITE = "path = pathlib.Path(flags['out']); path.parent.mkdir(parents=True, exist_ok=True)\n"


def one_step(settings="", flags="[f'--x={x}']", signature="x: str"):
    return compiled(
        f"""
@dsl.container_component
def a({signature}):
    return step('a', {flags})

@dsl.pipeline(name='one')
def p(x: str = 'hello'):
    t = a(x=x)
    {settings or "pass"}
"""
    )


def test_a_step_is_run_with_its_flags_and_its_log_is_kept(bench):
    bench.step("a", "print(json.dumps(flags))")
    spec, _ = one_step()
    run = bench.finished(spec, {"x": "a --b='c'\n{{$.inputs.parameters['x']}} é"})
    assert run["state"] == "SUCCEEDED"
    assert json.loads(bench.log(run, tasks(run, "executor")[0])) == {
        "x": "a --b='c'\n{{$.inputs.parameters['x']}} é"
    }


def test_a_run_passes_through_its_states_and_says_when(bench):
    bench.step("a", "")
    spec, _ = one_step()
    run = bench.finished(spec)
    assert [entry["state"] for entry in run["state_history"]] == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert run["finished_at"] >= run["created_at"]
    names = {task["display_name"] for task in run["run_details"]["task_details"]}
    assert {"root-driver", "root", "a-driver", "a", "executor"} <= names
    assert {task["state"] for task in run["run_details"]["task_details"]} == {"SUCCEEDED"}


def test_a_step_that_fails_fails_the_run_and_what_waits_for_it_is_omitted(bench):
    bench.step("a", "sys.exit(flags['x'] == 'bad')")
    spec, _ = compiled(
        """
@dsl.container_component
def a(x: str):
    return step('a', [f'--x={x}'])

@dsl.pipeline(name='three')
def p():
    first = a(x='bad').set_display_name('first')
    a(x='good').after(first)
    a(x='good')
"""
    )
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    assert "exit code 1" in run["error"]["message"]
    assert tasks(run, "a")[0]["state"] == "FAILED"
    assert tasks(run, "a-2")[0]["state"] == "SKIPPED"
    assert tasks(run, "a-3")[0]["state"] == "SUCCEEDED"


def test_an_equal_task_is_taken_from_the_cache_in_the_second_run(bench, tmp_path):
    counter = tmp_path / "counter"
    bench.step("a", f"pathlib.Path({str(counter)!r}).open('a').write('.')")
    spec, _ = one_step()
    first = bench.finished(spec, {"x": "cached"})
    second = bench.finished(spec, {"x": "cached"})
    assert counter.read_text() == "."
    assert tasks(first, "executor")[0]["state"] == "SUCCEEDED"
    assert tasks(second, "executor")[0]["state"] == "SKIPPED"
    assert tasks(second, "a")[0]["state"] == "SUCCEEDED"
    bench.finished(spec, {"x": "other"})
    assert counter.read_text() == ".."


def test_without_caching_a_task_is_always_run(bench, tmp_path):
    counter = tmp_path / "counter"
    bench.step("a", f"pathlib.Path({str(counter)!r}).open('a').write('.')")
    spec, _ = one_step("t.set_caching_options(False)")
    for _ in range(2):
        bench.finished(spec)
    assert counter.read_text() == ".."


def test_a_step_is_tried_again_as_often_as_it_may_be(bench, tmp_path):
    counter = tmp_path / "counter"
    bench.step(
        "a", f"c = pathlib.Path({str(counter)!r}); c.open('a').write('.'); sys.exit(len(c.read_text()) < 3)"
    )
    spec, _ = one_step("t.set_retry(2, backoff_duration='0s')")
    run = bench.finished(spec)
    assert run["state"] == "SUCCEEDED"
    assert [tasks(run, f"executor({number})")[0]["state"] for number in range(3)] == [
        "FAILED",
        "FAILED",
        "SUCCEEDED",
    ]


def test_conditions_choose_what_is_run(bench):
    bench.step("score", WRITE + "path.write_text('0.75')")
    bench.step("show", "print(flags['x'])")
    spec, _ = compiled(
        """
@dsl.container_component
def score(out: dsl.OutputPath(float)):
    return step('score', [f'--out={out}'])

@dsl.container_component
def show(x: float):
    return step('show', [f'--x={x}'])

@dsl.pipeline(name='conditions')
def p(n: int = 3, mode: str = 'full', flag: bool = True):
    t = score()
    with dsl.If(t.output > 0.5):
        show(x=t.output).set_display_name('high')
        with dsl.If(mode == 'full'):
            with dsl.If(flag == True):
                show(x=1.0)
    with dsl.Else():
        show(x=2.0)
    with dsl.If(n > 3):
        show(x=3.0)
"""
    )
    run = bench.finished(spec)
    assert run["state"] == "SUCCEEDED"
    states = {task["display_name"]: task["state"] for task in run["run_details"]["task_details"]}
    assert (states["show"], states["show-2"]) == ("SUCCEEDED", "SUCCEEDED")
    assert "show-3" not in states
    assert "show-4" not in states
    run = bench.finished(spec, {"n": 4, "mode": "quick", "flag": False})
    states = {task["display_name"]: task["state"] for task in run["run_details"]["task_details"]}
    assert (states["show"], states["show-4"]) == ("SUCCEEDED", "SUCCEEDED")
    assert "show-2" not in states


def test_what_waits_for_a_step_that_a_condition_skipped_is_omitted_and_the_run_succeeds(bench):
    bench.step("a", "")
    spec, _ = compiled(
        """
@dsl.container_component
def a(x: str):
    return step('a', [f'--x={x}'])

@dsl.pipeline(name='omitted')
def p(x: str = 'no'):
    with dsl.If(x == 'yes'):
        a(x=x)
    a(x='after')
"""
    )
    spec["root"]["dag"]["tasks"]["a-2"]["dependentTasks"] = ["condition-1"]
    run = bench.finished(spec)
    assert run["state"] == "SUCCEEDED"
    assert tasks(run, "condition-1")[0]["state"] == "SKIPPED"
    assert tasks(run, "a-2")[0]["state"] == "SKIPPED"


LOOP = """
@dsl.container_component
def square(x: float, tag: float, out: dsl.OutputPath(float)):
    return step('square', [f'--x={x}', f'--tag={tag}', f'--out={out}'])

@dsl.container_component
def total(xs: list):
    return step('total', [f'--xs={xs}'])

@dsl.pipeline(name='loop')
def p():
    with dsl.ParallelFor([{'x': 1.0, 't': 1.0}, {'x': 2.5, 't': 2.0}, {'x': 3.0, 't': 3.0}], parallelism=2) as item:
        t = square(x=item.x, tag=item.t)
    total(xs=dsl.Collected(t.output))
"""


def test_a_loop_runs_each_item_and_its_outputs_are_collected_in_order(bench):
    slow_first = "x = float(flags['x']); time.sleep(0.3 if x < 2 else 0)\n"
    bench.step("square", slow_first + WRITE + "path.write_text(str(x * x))")
    bench.step("total", "print(flags['xs'])")
    spec, _ = compiled(LOOP)
    run = bench.finished(spec)
    assert run["state"] == "SUCCEEDED", run["error"]
    assert len(tasks(run, "square")) == 3
    assert len(tasks(run, "iteration-item")) == 3
    log = next(text for task in tasks(run, "executor") if (text := bench.log(run, task)).startswith("["))
    assert json.loads(log) == [1, 6.25, 9]


def test_a_failing_item_fails_the_loop(bench):
    bench.step("square", "flags['tag'] == '2' and sys.exit(1)\n" + WRITE + "path.write_text('1')")
    spec, _ = compiled(LOOP)
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    assert sorted(task["state"] for task in tasks(run, "square")) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert tasks(run, "total")[0]["state"] == "SKIPPED"


def test_what_runs_on_exit_runs_after_a_failure_and_is_told_of_it(bench):
    bench.step("a", "sys.exit(1)")
    bench.step("bye", "print(flags['status'])")
    spec, _ = compiled(
        """
@dsl.container_component
def a():
    return step('a', [])

@dsl.container_component
def bye(status: dict):
    return step('bye', [f'--status={status}'])

@dsl.pipeline(name='exit')
def p(x: str = 'y'):
    with dsl.ExitHandler(bye(status={'x': 1})):
        a()
"""
    )
    inputs = spec["root"]["dag"]["tasks"]["bye"]["inputs"]["parameters"]
    inputs["status"] = {"taskFinalStatus": {"producerTask": "exit-handler-1"}}
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    assert tasks(run, "bye")[0]["state"] == "SUCCEEDED"
    told = [bench.log(run, task) for task in tasks(run, "executor")]
    status = json.loads(next(text for text in told if text))
    assert (status["state"], status["pipelineTaskName"]) == ("FAILED", "exit-handler-1")


def test_an_output_parameter_that_was_not_written_fails_the_task(bench):
    bench.step("a", "")
    spec, _ = one_step(signature="x: str, out: dsl.OutputPath(str)", flags="[f'--out={out}']")
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    assert "no such file or directory" in run["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "text", "state"), [("str", "", "SUCCEEDED"), ("int", "", "FAILED"), ("list", "{}", "FAILED")]
)
def test_an_output_parameter_must_be_of_its_type(bench, kind, text, state):
    bench.step("a", WRITE + f"path.write_text({text!r})")
    spec, _ = one_step(signature=f"x: str, out: dsl.OutputPath({kind})", flags="[f'--out={out}']")
    assert bench.finished(spec)["state"] == state


def test_artifacts_travel_through_the_bucket_below_the_pipeline_root(bench):
    bench.step("make", "path = pathlib.Path(flags['out']); path.write_text('data'); print(flags['uri'])")
    bench.step("take", "print(pathlib.Path(flags['in']).read_text())")
    spec, _ = compiled(
        """
@dsl.container_component
def make(out: dsl.Output[dsl.Dataset]):
    return step('make', [f'--out={out.path}', f'--uri={out.uri}'])

@dsl.container_component
def take(data: dsl.Input[dsl.Dataset]):
    return step('take', [f'--in={data.path}'])

@dsl.pipeline(name='artifacts')
def p():
    take(data=make().outputs['out'])
"""
    )
    run = bench.finished(spec, runtime_config={"pipeline_root": f"{bench.cluster.bucket}/roots"})
    assert run["state"] == "SUCCEEDED", run["error"]
    logs = [bench.log(run, task).strip() for task in tasks(run, "executor")]
    assert "data" in logs
    uri = next(log for log in logs if log.startswith("gs://"))
    assert uri.startswith(f"{bench.cluster.bucket}/roots/artifacts/{run['run_id']}/make/")


@pytest.mark.parametrize(
    "output", ['{"artifacts": {"out": {"artifacts": [{"uri": "gs://other/x"}]}}}', '{"x": NaN}']
)
def test_what_a_step_says_of_its_outputs_must_be_right(bench, output):
    code = "path = pathlib.Path(json.loads(flags['input'])['outputs']['outputFile'])\n"
    code += f"path.parent.mkdir(parents=True, exist_ok=True); path.write_text({output!r})"
    bench.step("a", code)
    spec, _ = one_step(
        signature="x: str, out: dsl.Output[dsl.Metrics]",
        flags="[f'--input={dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER}', f'--x={out.path}']",
    )
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    assert "failed to execute component" in run["error"]["message"]


def test_placeholders_that_the_backend_does_not_know_stay_as_they_are(bench):
    bench.step("a", "print(flags['x'])")
    spec, _ = one_step()
    spec["deploymentSpec"]["executors"]["exec-a"]["container"]["args"] = ["--x={{$.pipeline_job_name}}"]
    run = bench.finished(spec)
    assert bench.log(run, tasks(run, "executor")[0]).strip() == "{{$.pipeline_job_name}}"


def test_a_run_that_is_terminated_is_canceling_and_then_canceled(bench):
    bench.step("a", "print('there', flush=True); time.sleep(600)")
    spec, _ = one_step("t.set_caching_options(False)")
    run = bench.start(spec)
    while not any(bench.log(bench.run(run), task) for task in tasks(bench.run(run), "executor")):
        pass
    assert bench.ask("POST", f"{V2}/runs/{run}:terminate").status_code == 200
    ended = bench.until(run)
    assert ended["state"] == "CANCELED"
    assert [entry["state"] for entry in ended["state_history"]][-2:] == ["CANCELING", "CANCELED"]
    assert tasks(ended, "executor")[0]["state"] == "FAILED"
    assert bench.ask("POST", f"{V2}/runs/{run}:terminate").status_code == 400


def test_a_failed_run_that_is_tried_again_does_only_what_did_not_succeed(bench, tmp_path):
    mended, counter = tmp_path / "mended", tmp_path / "counter"
    bench.step("a", f"pathlib.Path({str(counter)!r}).open('a').write('.')")
    bench.step("b", f"sys.exit(not os.path.exists({str(mended)!r}))")
    spec, _ = compiled(
        """
@dsl.container_component
def a():
    return step('a', [])

@dsl.container_component
def b():
    return step('b', [])

@dsl.pipeline(name='again')
def p():
    b().after(a().set_caching_options(False)).set_caching_options(False)
"""
    )
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    mended.touch()
    assert bench.ask("POST", f"{V2}/runs/{run['run_id']}:retry").status_code == 200
    again = bench.until(run["run_id"], "SUCCEEDED")
    assert "error" not in again
    assert counter.read_text() == "."
    assert bench.ask("POST", f"{V2}/runs/{run['run_id']}:retry").status_code == 400


def test_an_image_that_is_not_there_fails_its_task_in_kubernetes_words(bench):
    spec, _ = one_step("t.set_caching_options(False)")
    run = bench.finished(spec)
    assert run["state"] == "FAILED"
    assert "ImagePullBackOff" in run["error"]["message"]


def test_a_pod_may_wait_for_its_image(tmp_path):
    with cluster(missing_images="wait") as started:
        bench = Bench(started, tmp_path)
        spec, _ = one_step()
        run = bench.start(spec)
        while not (pods := tasks(bench.run(run), "executor")) or "error" not in pods[0]:
            pass
        assert pods[0]["state"] == "PENDING"
        assert "ImagePullBackOff" in pods[0]["error"]["message"]
        bench.step("a", "")
        assert bench.until(run)["state"] == "SUCCEEDED"


def test_a_step_that_takes_too_long_is_ended(bench):
    bench.step("a", "time.sleep(600)")
    spec, platform = one_step("t.set_caching_options(False); kubernetes.set_timeout(t, 1)")
    run = bench.finished({"pipeline_spec": spec, "platform_spec": platform})
    assert run["state"] == "FAILED"
    assert "deadline" in run["error"]["message"]


def test_a_secret_that_is_not_there_is_told(bench):
    bench.step("a", "")
    settings = "kubernetes.use_secret_as_env(t, secret_name='db', secret_key_to_env={'password': 'DB'})"
    spec, platform = one_step(settings)
    run = bench.finished({"pipeline_spec": spec, "platform_spec": platform})
    assert 'secret "db" not found' in run["error"]["message"]


def test_a_run_that_is_deleted_while_it_goes_on_is_gone(bench):
    bench.step("a", "time.sleep(600)")
    spec, _ = one_step("t.set_caching_options(False)")
    run = bench.start(spec)
    bench.until(run, "RUNNING")
    assert bench.ask("DELETE", f"{V2}/runs/{run}").status_code == 200
    assert bench.ask("GET", f"{V2}/runs/{run}").status_code == 404
