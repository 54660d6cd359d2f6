"""A notebook that tags by magics and shows its own panel, in a real kernel."""

import nbformat
from nbclient import NotebookClient

from jupyter_kfp import load
from jupyter_kfp.notebook import Role, read_notebook

CELLS = (
    ("%load_ext jupyter_kfp",),
    ("lr = 0.5", "parameters"),
    ("%%step load\nimport asyncio\nawait asyncio.sleep(0)\nx = 2\nx",),
    ("%%step train\nloss = x * lr", "metrics"),
    ("%kfp graph",),
    ("from jupyter_kfp import panel\nshown = panel()",),
)
PRESS = """\
shown.form.fields["lr"].value = 0.25
shown.run_button.click()
shown.following.result(300)
print(shown.run.status, shown.run.metrics)"""


def test_a_notebook_runs_itself_by_its_panel(write, tmp_path, monkeypatch):
    path = write(*CELLS)
    assert [cell.role for cell in read_notebook(path).cells if cell.role is not Role.STEP] == [
        Role.SKIP, Role.PARAMETERS, Role.SKIP, Role.SKIP,
    ]  # fmt: skip
    assert load(path).findings == ()
    live = nbformat.read(path, 4)
    live.cells.append(nbformat.v4.new_code_cell(PRESS))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    NotebookClient(live, resources={"metadata": {"path": str(tmp_path)}}, kernel_name="python3").execute()
    step, graph, press = live.cells[2], live.cells[4], live.cells[6]
    assert step.outputs[0]["data"]["text/plain"] == "2"
    assert "<svg" in graph.outputs[0]["data"]["text/html"]
    assert press.outputs[0]["text"] == "SUCCEEDED {'loss': 0.5}\n"
