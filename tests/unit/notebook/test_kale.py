import pytest


def metadata(**kale):
    return {"kubeflow_notebook": {"experiment_name": "", "pipeline_name": "", "volumes": []} | kale}


def test_blocks_and_prevs_are_steps_and_afters(read, steps):
    notebook = read(("a = 1", "block:load_data"), ("b = 1",), ("c = 1", "step:train", "prev:load_data"))
    assert steps(notebook) == {"load-data": [1, 2], "train": [3]}
    assert notebook.groups[1].after == ("load-data",)
    assert notebook.findings == ()


def test_imports_and_functions_run_in_every_step(read):
    notebook = read(("import os", "imports"), ("def f(): ...", "functions"), ("a = 1", "block:a"))
    assert [cell.role.name for cell in notebook.cells] == ["SETUP", "SETUP", "STEP"]
    assert notebook.findings == ()


def test_parameters_and_metrics_have_kales_names(read, steps):
    notebook = read(("p = 1", "pipeline-parameters"), ("a = 1", "block:a"), ("print(a)", "pipeline-metrics"))
    assert [cell.role.name for cell in notebook.cells] == ["PARAMETERS", "STEP", "STEP"]
    assert [cell.metrics for cell in notebook.cells] == [False, False, True]
    assert steps(notebook) == {"a": [2, 3]}


def test_untagged_cells_below_functions_are_functions_too(read, steps):
    notebook = read(
        ("a = 1", "block:a"), ("def f(): ...", "functions"), ("def g(): ...",), ("b = 1", "block:b")
    )
    assert [cell.role.name for cell in notebook.cells] == ["STEP", "SETUP", "SETUP", "STEP"]
    assert steps(notebook) == {"a": [1], "b": [4]}


def test_skipped_cells_do_not_end_kales_functions(read):
    notebook = read(("a = 1", "block:a"), ("def f(): ...", "functions"), ("1", "skip"), ("def g(): ...",))
    assert [cell.role.name for cell in notebook.cells] == ["STEP", "SETUP", "SKIP", "SETUP"]


def test_untagged_cells_below_imports_at_the_top_are_left_to_the_analysis(read):
    notebook = read(("import os", "imports"), ("x = os.listdir()",), ("a = 1", "block:a"))
    assert [cell.role.name for cell in notebook.cells] == ["SETUP", "PREAMBLE", "STEP"]


def test_untagged_cells_below_metrics_are_metrics_too(read):
    notebook = read(("a = 1", "block:a"), ("print(a)", "pipeline-metrics"), ("print(b)",))
    assert [cell.metrics for cell in notebook.cells] == [False, True, True]


def test_a_block_without_a_name_is_no_tag(read, steps):
    notebook = read(("a = 1", "block:a"), ("b = 1", "block:"))
    assert steps(notebook) == {"a": [1, 2]}
    assert notebook.findings == ()


def test_a_step_without_a_name_is_no_tag_only_in_a_kale_notebook(read, codes):
    cells = (("a = 1", "step:a"), ("b = 1", "step:"))
    assert codes(read(*cells)) == ["JK101"]
    assert codes(read(*cells, **metadata())) == []


def test_setting_tags_set_their_step(read):
    notebook = read(
        (
            "a = 1",
            "block:a",
            "image:example.com/ml/base:1.2",
            "limit:cpu:500m",
            "limit:memory:4Gi",
            "limit:nvidia.com/gpu:2",
            "label:team/owner:ml",
            "annotation:note:see: here",
            "cache:disabled",
            "secret:db:password:DB_PASSWORD",
            "report:enabled",
        )
    )
    assert notebook.findings == ()
    assert notebook.settings.steps["a"].model_dump(exclude_defaults=True) == {
        "image": "example.com/ml/base:1.2",
        "cpu_limit": "500m",
        "memory_limit": "4Gi",
        "gpu": 2,
        "gpu_type": "nvidia.com/gpu",
        "labels": {"team/owner": "ml"},
        "annotations": {"note": "see: here"},
        "cache": False,
        "secrets": {"DB_PASSWORD": {"secret": "db", "key": "password"}},
    }


def test_our_own_settings_win_over_tags_and_kales_metadata(read):
    notebook = read(
        ("a = 1", "block:a", "limit:memory:4Gi", "limit:cpu:1"),
        jupyter_kfp={"name": "ours", "steps": {"A": {"memory_limit": "8Gi"}}},
        **metadata(pipeline_name="theirs", experiment_name="flowers"),
    )
    assert notebook.settings.name == "ours"
    assert notebook.settings.experiment == "flowers"
    step = notebook.settings.for_step("a")
    assert (step.memory_limit, step.cpu_limit) == ("8Gi", "1")


def test_the_notebooks_metadata_is_read(read):
    notebook = read(
        ("a = 1", "block:a"),
        **metadata(
            pipeline_name="iris",
            pipeline_description="Flowers",
            experiment={"id": "1", "name": "plants"},
            docker_image="example.com/kale:1",
            steps_defaults=["limit:cpu:1", "label:a:b"],
            volumes=[{"type": "pvc", "name": "data", "mount_point": "/data", "snapshot": False}],
        ),
    )
    assert notebook.findings == ()
    settings = notebook.settings
    assert (settings.name, settings.description, settings.experiment) == ("iris", "Flowers", "plants")
    defaults = settings.defaults
    assert (defaults.image, defaults.cpu_limit, defaults.labels) == ("example.com/kale:1", "1", {"a": "b"})
    assert [(volume.claim, volume.path) for volume in defaults.volumes] == [("data", "/data")]


def test_empty_entries_of_the_metadata_set_nothing(read):
    notebook = read(("a = 1", "block:a"), **metadata(docker_image="", steps_defaults=[]))
    assert notebook.settings.model_dump(exclude_defaults=True) == {}


@pytest.mark.parametrize(
    "kale",
    [
        {"katib_run": True},
        {"volumes": [{"type": "new_pvc", "name": "data", "mount_point": "/data"}]},
        {"volumes": "all"},
        {"steps_defaults": {"labels": {}}},
        {"steps_defaults": ["limit:ephemeral-storage:1Gi"]},
    ],
)
def test_what_has_no_counterpart_is_said(read, codes, kale):
    assert codes(read(("a = 1", "block:a"), **metadata(**kale))) == ["JK120"]


def test_a_setting_tag_without_counterpart_is_said_at_its_cell(read):
    (found,) = read(("a = 1", "block:a", "limit:ephemeral-storage:1Gi")).findings
    assert (found.code, found.cell_number) == ("JK120", 1)


def test_a_cell_that_stands_for_another_notebook_is_an_error(read, codes):
    notebook = read(("# see there", "notebook:other"), ("a = 1", "block:a"), **metadata())
    assert codes(notebook) == ["JK121"]


@pytest.mark.parametrize("tag", ["label:fig:one", "image:x", "cache:enabled", "notebook:intro"])
def test_foreign_tags_that_look_like_kales_are_left_alone(read, tag):
    notebook = read(("a = 1", "step:a"), ("b = 1", tag))
    assert notebook.findings == ()
    assert notebook.settings.steps == {}


def test_a_wrong_value_in_a_tag_is_a_finding(read):
    (found,) = read(("a = 1", "block:a", "limit:memory:4GB")).findings
    assert (found.code, found.name) == ("JK117", "steps.a.memory_limit")


@pytest.mark.parametrize(
    "kale", [None, [], "x", {"steps_defaults": [1, None]}, {"volumes": [1]}, {"experiment": 3}]
)
def test_broken_kale_metadata_never_raises(read, kale):
    assert read(("a = 1", "block:a"), kubeflow_notebook=kale).groups[0].name == "a"
