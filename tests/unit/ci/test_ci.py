"""CI files, checked against the schemas that their services publish."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
import yaml

from jupyter_kfp.ci import SERVICES, gather_facts, render_ci
from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.notebook.cells import Cell, CellId, Kernel, StepName
from jupyter_kfp.notebook.settings import PipelineSettings
from jupyter_kfp.pipeline import Pipeline, Step

SCHEMAS = {
    "github": "vendor.github-workflows",
    "gitlab": "vendor.gitlab-ci",
    "cloudbuild": "vendor.cloudbuild",
}
DIGESTS = {"load": "a" * 64, "train": "b" * 64}


@pytest.fixture
def pipeline(tmp_path):
    steps = tuple(
        Step(StepName(name), order, name, (Cell(CellId(name), order + 1, "x = 1"),))
        for order, name in enumerate(DIGESTS)
    )
    return Pipeline(
        "Iris & co.", tmp_path / "iris.ipynb", None, (), steps, (), (), PipelineSettings(), Kernel()
    )


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def facts(pipeline, repository):
    def facts(folder="pipelines/iris pipeline", registry=None):
        images = {
            step: f"{registry + '/' if registry else ''}iris-co-{step}:{tag}" for step, tag in DIGESTS.items()
        }
        return gather_facts(pipeline, repository / folder, images, python="3.11", registry=registry)

    return facts


def commands(service, text):
    """(variables, shell) of each job that builds an image, and the shell that compiles."""
    content = yaml.safe_load(text)
    if service == "github":
        package = content["jobs"]["package"]["steps"]
        build = content["jobs"]["image"]
        script = build["steps"][-1]["run"]
        rows = build["strategy"]["matrix"]["include"]
        images = [({"STEP": row["step"], "IMAGE": row["image"]}, script) for row in rows]
        return content["env"], images, f"{package[2]['run']}\n{package[-1]['run']}"
    if service == "gitlab":
        build = content["images"]
        images = [(row, build["script"][0]) for row in build["parallel"]["matrix"]]
        return content["variables"], images, "\n".join(content["package"]["script"])
    *builds, package = content["steps"]
    images = [(dict(pair.split("=", 1) for pair in step["env"]), step["script"]) for step in builds]
    return {"_REGISTRY": content["substitutions"]["_REGISTRY"]}, images, package["script"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("registry", [None, "europe-docker.pkg.dev/project/repository"])
@pytest.mark.parametrize("folder", ["pipelines/iris pipeline", "."])
def test_it_is_what_the_service_publishes_as_its_schema(facts, service, registry, folder, tmp_path):
    path, text = render_ci(service, facts(folder, registry))
    (tmp_path / "ci.yml").write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[service]]
    checked = subprocess.run(
        [*command, str(tmp_path / "ci.yml")], capture_output=True, text=True, check=False, timeout=120
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert not path.startswith("/")


@pytest.mark.parametrize("service", SERVICES)
def test_each_step_is_built_from_its_folder_under_its_digest(facts, service):
    _, images, _ = commands(service, render_ci(service, facts())[1])
    assert [(row["STEP"], row["IMAGE"]) for row, _ in images] == [
        (step, f"iris-co-{step}:{digest}") for step, digest in DIGESTS.items()
    ]


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """A docker that writes down what it is asked; its registry holds the image of step load."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> {tmp_path}/asked\n'
        'case "$1 $3" in "manifest "*iris-co-load*) exit 0;; manifest*) exit 1;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return tmp_path / "asked"


@pytest.mark.parametrize("service", SERVICES)
def test_only_images_that_the_registry_lacks_are_built_and_pushed(facts, service, docker, repository):
    _, images, _ = commands(service, render_ci(service, facts())[1])
    for row, script in images:
        variables = {"FOLDER": "pipelines/iris pipeline", "REGISTRY": "r.example.com/team", **row}
        variables |= {"_REGISTRY": "r.example.com/team", "PATH": f"{docker.parent}/bin:/usr/bin:/bin"}
        subprocess.run(["bash", "-e", "-c", script], env=variables, check=True, cwd=repository)
    asked = docker.read_text().splitlines()
    image = f"r.example.com/team/iris-co-train:{DIGESTS['train']}"
    assert [line.split()[0] for line in asked] == ["manifest", "manifest", "build", "push"]
    assert asked[2].endswith(f"--tag {image} pipelines/iris pipeline/steps/train")
    assert asked[3] == f"push {image}"


def run_package(script, repository, scratch, **more):
    """Run the shell that compiles and submits, with programs that only note what they are asked."""
    for name in ("python", "jupyter"):
        stub = scratch / "bin" / name
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(f'#!/bin/sh\necho "{name} $*" >> {scratch}/asked\n')
        stub.chmod(0o755)
    variables = {
        "FOLDER": "pipelines/iris pipeline", "REGISTRY": "r.example.com/team", "_REGISTRY": "r.example.com/team",
        "_HOST": "", "_IAP_CLIENT_ID": "", "_NAMESPACE": "", "_BUCKET": "", "KEY": "", "RUNNER_TEMP": str(scratch),
        "PATH": f"{scratch}/bin:/usr/bin:/bin", **more,
    }  # fmt: skip
    subprocess.run(["bash", "-eu", "-c", script], env=variables, check=True, cwd=repository)


@pytest.mark.parametrize("service", SERVICES)
def test_a_run_is_started_with_the_images_that_were_built_where_a_cluster_is_set(
    pipeline, facts, service, repository, tmp_path
):
    notebook = repository / "my notebooks" / "iris.ipynb"
    with_notebook = replace(facts(), notebook="my notebooks/iris.ipynb")
    assert (
        gather_facts(replace(pipeline, notebook=notebook), repository / "x", {}, python="3.11").notebook
        == "my notebooks/iris.ipynb"
    )
    (repository / "pipelines" / "iris pipeline").mkdir(parents=True)
    (repository / "pipelines" / "iris pipeline" / "pipeline.py").touch()
    _, _, script = commands(service, render_ci(service, with_notebook)[1])
    run_package(script, repository, tmp_path)
    assert "submit" not in (tmp_path / "asked").read_text()
    host = "https://kfp.example.com"
    run_package(script, repository, tmp_path, JUPYTER_KFP_HOST=host, _HOST=host, KEY="{}")
    images = " ".join(
        f"--image {step}=r.example.com/team/iris-co-{step}:{tag}" for step, tag in DIGESTS.items()
    )
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[-1] == f"jupyter kfp submit my notebooks/iris.ipynb {images}"


@pytest.mark.parametrize("service", SERVICES)
def test_the_package_names_the_images_of_the_services_registry(facts, service, repository, tmp_path):
    _, _, script = commands(service, render_ci(service, facts())[1])
    folder = repository / "pipelines" / "iris pipeline"
    folder.mkdir(parents=True)
    images = [f"iris-co-{step}:{digest}" for step, digest in DIGESTS.items()]
    (folder / "pipeline.py").write_text(
        "".join(f'X = (\n    "{image}"\n)\n' for image in images) + 'Y = "iris-co-x"\n'
    )
    run_package(script, repository, tmp_path)
    text = (folder / "pipeline.py").read_text()
    assert all(f'"r.example.com/team/{image}"' in text for image in images)
    assert 'Y = "iris-co-x"' in text
    asked = (tmp_path / "asked").read_text().splitlines()
    written = "pipelines/iris pipeline"
    assert asked[1:] == [f"python {written}/pipeline.py", f"jupyter kfp clean {written}/pipeline.yaml"]


@pytest.mark.parametrize("service", SERVICES)
def test_with_a_registry_given_nothing_is_rewritten(facts, service):
    text = render_ci(service, facts(registry="r.example.com/team"))[1]
    assert "sed" not in text
    assert '"r.example.com/team"' in text


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_facts_give_the_same_bytes(facts, service):
    assert render_ci(service, facts()) == render_ci(service, facts())


@pytest.mark.parametrize(
    "folder", ["a$(touch x)", "a${{ secrets.X }}", 'a"b', "a*b", "a\nb", "größe", "a'b", "a#b"]
)
def test_a_folder_that_a_service_would_expand_is_refused(facts, folder):
    with pytest.raises(JupyterKfpError, match="cannot be written into a CI file") as told:
        facts(folder)
    assert "--output" in told.value.fix


def test_outside_of_a_repository_the_folder_goes_by_its_own_name(pipeline, tmp_path):
    images = {step: f"iris-co-{step}:{tag}" for step, tag in DIGESTS.items()}
    facts = gather_facts(pipeline, tmp_path / "elsewhere" / "iris", images, python="3.11")
    assert facts.folder == "iris"
    assert json.dumps(facts.images)


@pytest.mark.parametrize("service", SERVICES)
def test_more_images_than_a_service_builds_are_refused(facts, service):
    many = {StepName(f"step-{number}"): f"iris-co-step-{number}:{'a' * 64}" for number in range(300)}
    with pytest.raises(JupyterKfpError, match=r"at most \d+ images in one go, and there are 300"):
        render_ci(service, replace(facts(), images=many))
