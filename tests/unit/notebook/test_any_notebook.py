"""Whatever tags and metadata a notebook holds, reading it gives a notebook that hangs together."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.findings import CODES
from jupyter_kfp.notebook import Role, parse_notebook
from jupyter_kfp.notebook.settings import STEP_NAME

NAMES = st.sampled_from(["a", "b", "A", "c_d", "c-d", "训练", "", "x" * 70, "start", "notebook"])
NAMED = st.builds(
    "{}:{}".format, st.sampled_from(["step", "after", "block", "prev", "Step", "notebook"]), NAMES
)
WORDS = st.sampled_from(
    [
        "parameters",
        "setup",
        "skip",
        "metrics",
        "imports",
        "functions",
        "pipeline-parameters",
        "pipeline-metrics",
    ]
)
OTHERS = st.sampled_from(
    ["limit:memory:4Gi", "limit:cpu:x", "image:a/b", "label:a:b", "cache:enabled", "foreign"]
)
CODE = st.tuples(
    st.sampled_from(["x = 1", "", "import os"]), st.lists(NAMED | WORDS | OTHERS | st.text(), max_size=3)
)
MARKDOWN = st.sampled_from(["# Title", "## Part", "text"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
KALE = st.dictionaries(
    st.sampled_from(
        [
            "pipeline_name",
            "experiment",
            "experiment_name",
            "docker_image",
            "steps_defaults",
            "volumes",
            "katib_run",
        ]
    ),
    JSON
    | st.lists(st.dictionaries(st.sampled_from(["type", "name", "mount_point"]), st.just("pvc")), max_size=2),
)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "kubeflow_notebook": KALE | JSON,
        "jupyter_kfp": JSON,
        "kernelspec": JSON,
        "language_info": JSON,
    },
)


@given(st.lists(CODE | MARKDOWN, max_size=8), METADATA)
def test_reading_never_fails_and_loses_no_code(as_json, cells, metadata):
    cells = [*cells, ("last = 1", [])]
    made = [cell if isinstance(cell, str) else (cell[0], *cell[1]) for cell in cells]
    notebook = parse_notebook(as_json(*made, **metadata), Path("x.ipynb"))

    written = [source for cell in cells if not isinstance(cell, str) for source in [cell[0]] if source]
    assert [cell.source for cell in notebook.cells] == written
    grouped = [cell for group in notebook.groups for cell in group.cells]
    assert sorted(cell.number for cell in grouped) == [cell.number for cell in notebook.with_role(Role.STEP)]
    assert len(notebook.with_role(Role.PARAMETERS)) <= 1

    names = [group.name for group in notebook.groups]
    assert len(set(names)) == len(names)
    for place, group in enumerate(notebook.groups):
        assert STEP_NAME.fullmatch(group.name)
        assert group.cells
        assert set(group.after) <= {"start", *names[:place]}
    if not notebook.groups:
        assert "JK122" in [found.code for found in notebook.findings]
    assert all(found.code in CODES and found.message and found.fix for found in notebook.findings)
    for name in names:
        notebook.settings.for_step(name)
