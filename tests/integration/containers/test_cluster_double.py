"""The test cluster with Podman: paths, status and outputs are those of real containers."""

import sys

import pytest

from tests.cluster import cluster
from tests.unit.cluster_double.bench import V2, Bench, compiled, tasks


@pytest.fixture(scope="module")
def bench(containers, tmp_path_factory):
    with cluster(executor="podman") as started:
        yield Bench(started, tmp_path_factory.mktemp("double"))


def pipeline(containers, code):
    """Two steps: the first runs `code` and writes `out`, the second prints what it was given."""
    return compiled(
        f"""
@dsl.container_component
def first(out: dsl.OutputPath(str), data: dsl.Output[dsl.Dataset]):
    return dsl.ContainerSpec(image={containers.base!r}, command=['python', '-c', {code!r}], args=[out, data.path])

@dsl.container_component
def second(x: str, data: dsl.Input[dsl.Dataset]):
    show = 'import sys; print(sys.argv[1], open(sys.argv[2]).read())'
    return dsl.ContainerSpec(image={containers.base!r}, command=['python', '-c', show], args=[x, data.path])

@dsl.pipeline(name='containers')
def p():
    t = first().set_caching_options(False)
    second(x=t.outputs['out'], data=t.outputs['data'])
"""
    )[0]


def test_steps_are_containers_with_the_paths_that_the_launcher_gives_them(bench, containers):
    code = "import sys; open(sys.argv[1], 'w').write(' '.join(sys.argv[1:])); open(sys.argv[2], 'w').write('data')"
    run = bench.finished(pipeline(containers, code))
    assert run["state"] == "SUCCEEDED", [bench.log(run, task) for task in tasks(run, "executor")]
    shown = next(text for task in tasks(run, "executor") if (text := bench.log(run, task)))
    assert shown.startswith("/tmp/kfp/outputs/out /gcs/kubeflow-")
    assert shown.rstrip().endswith("/data data")


def test_a_containers_status_is_its_programs(bench, containers):
    run = bench.finished(pipeline(containers, "raise SystemExit(7)"))
    assert run["state"] == "FAILED"
    assert "exit code 7" in run["error"]["message"]


def test_a_container_ends_with_the_run_that_is_terminated(bench, containers):
    import subprocess

    run = bench.start(pipeline(containers, "import time; print('there', flush=True); time.sleep(600)"))
    while not any("there" in bench.log(bench.run(run), task) for task in tasks(bench.run(run), "executor")):
        pass
    bench.ask("POST", f"{V2}/runs/{run}:terminate")
    assert bench.until(run)["state"] == "CANCELED"
    left = subprocess.run(
        ["podman", "ps", "--format", "{{.Names}}"], capture_output=True, text=True, check=True
    )
    assert "jupyter-kfp-cluster" not in left.stdout, sys.stderr
