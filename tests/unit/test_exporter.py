"""`jupyter nbconvert --to kfp`, by nbconvert itself."""

import json
import sys

import nbformat
import pytest
import yaml

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.exporter import KfpExporter
from tests.unit.notebook.conftest import as_json

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CELLS = (("x = 1", "step:load"), ("print(x)", "step:show"))


@pytest.fixture
def templates(tmp_path, monkeypatch):
    """Writes a template into a folder where nbconvert looks for them."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    folder = tmp_path / "share" / "nbconvert" / "templates" / "kfp"
    folder.mkdir(parents=True)

    def write(name, text):
        (folder / name).write_text(text)

    return write


def node(*cells):
    return nbformat.from_dict(as_json(*cells))


def export(*cells, **traits):
    return KfpExporter(**traits).from_notebook_node(
        node(*cells), {"metadata": {"name": "demo", "path": ""}, "unique_key": "out"}
    )


def test_nbconvert_writes_the_package_and_the_step_folders(tmp_path):
    from nbconvert.nbconvertapp import NbConvertApp

    (tmp_path / "demo.ipynb").write_text(json.dumps(as_json(*CELLS)))
    app = NbConvertApp(output_base="made")
    app.initialize(
        [
            "--to",
            "jupyter_kfp.exporter.KfpExporter",
            str(tmp_path / "demo.ipynb"),
            "--output-dir",
            str(tmp_path / "out"),
        ]
    )
    app.start()
    made = tmp_path / "out"
    assert yaml.safe_load((made / "made.yaml").read_text())["pipelineInfo"]["name"] == "demo"
    assert (made / "made-pipeline" / "pipeline.py").is_file()
    names = {path.name for path in (made / "made-pipeline" / "steps" / "show").iterdir()}
    assert {"Dockerfile", "main.py", "step.ipynb", "requirements.txt", "jupyter_kfp_step"} <= names


def test_it_is_an_entry_point():
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["nbconvert.exporters"] == {"kfp": "jupyter_kfp.exporter:KfpExporter"}


def test_it_writes_what_convert_writes(tmp_path):
    import jupyter_kfp

    (tmp_path / "demo.ipynb").write_text(json.dumps(as_json(*CELLS)))
    jupyter_kfp.convert(tmp_path / "demo.ipynb", tmp_path / "converted")
    _, resources = export(*CELLS)
    for name in ("Dockerfile", "main.py", "step.ipynb", "step.json"):
        made = resources["outputs"][f"out-pipeline/steps/show/{name}"]
        assert made == (tmp_path / "converted" / "steps" / "show" / name).read_bytes()


def test_a_template_of_the_company_writes_the_dockerfile(templates):
    templates("Dockerfile.j2", "{{ default }}LABEL team={{ step.name | docker_quoted }}\n")
    _, resources = export(*CELLS)
    text = resources["outputs"]["out-pipeline/steps/show/Dockerfile"].decode()
    assert text.startswith("# Image of step show.")
    assert text.endswith('LABEL team="show"\n')
    assert b"LABEL team" not in resources["outputs"]["out-pipeline/steps/show/main.py"]


def test_hostile_titles_are_quoted_by_the_filters(templates):
    templates("main.py.j2", "title = {{ step.title | python_quoted }}\n{{ default }}")
    templates("Dockerfile.j2", "LABEL title={{ step.title | docker_quoted }}\n")
    _, resources = export("## \"$HOME \\ ${x} `rm`'", ("x = 1", "step:load"))
    outputs = resources["outputs"]
    line, _, _rest = outputs["out-pipeline/steps/load/main.py"].decode().partition("\n")
    names = {}
    exec(line, names)
    assert '"$HOME' in names["title"]
    assert outputs["out-pipeline/steps/load/Dockerfile"].decode().startswith('LABEL title="\\"\\$HOME')


def test_another_folder_of_templates_can_be_named(tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "main.py.j2").write_text("# ours\n{{ default }}")
    _, resources = export(*CELLS, template_name="ours", extra_template_basedirs=[str(tmp_path)])
    assert resources["outputs"]["out-pipeline/steps/load/main.py"].startswith(b"# ours\n")


@pytest.mark.parametrize("text", ["{{ unknown }}", "{% if %}", "{% include 'missing.j2' %}"])
def test_a_template_that_cannot_be_used_is_told(templates, text):
    templates("Dockerfile.j2", text)
    with pytest.raises(JupyterKfpError, match="template cannot be used"):
        export(*CELLS)


@pytest.mark.parametrize("name", ["../kfp", "/etc", ""])
def test_a_template_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(JupyterKfpError, match="not the name"):
        export(*CELLS, template_name=name)


def test_a_mistake_ends_nbconvert_without_a_traceback(tmp_path, capsys):
    from nbconvert.nbconvertapp import NbConvertApp

    (tmp_path / "demo.ipynb").write_text(json.dumps(as_json(("x = 1", "stpe:load"))))
    NbConvertApp.clear_instance()
    try:
        with pytest.raises(SystemExit) as told:
            NbConvertApp.launch_instance(
                ["--to", "jupyter_kfp.exporter.KfpExporter", str(tmp_path / "demo.ipynb")]
            )
    finally:
        NbConvertApp.clear_instance()
    assert "JK101" in str(told.value)
