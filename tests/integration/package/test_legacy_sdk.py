"""Packages of the last legacy SDK, compiled here in an environment of its own, are cleaned rightly."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from jupyter_kfp.package import clean_package

VERSION = "1.8.22"
OLDEST, NEWEST = (3, 7), (3, 12)  # Python versions that this SDK runs on
ARTIFACTS = ("mlpipeline-ui-metadata", "mlpipeline-metrics")

PIPELINE = textwrap.dedent(
    """
    import sys
    import warnings

    warnings.simplefilter("ignore")
    from kfp import compiler, dsl


    def op(name, **given):
        return dsl.ContainerOp(name=name, image="python:3.11", command=["sh", "-c"], arguments=["true"], **given)


    @dsl.pipeline(name="Rich: \\"pipeline\\"", description="Of every kind # of step")
    def rich(rate: float = 0.5, text="a: b"):
        bye = op("bye")
        with dsl.ExitHandler(bye):
            one = op("one", file_outputs={"out": "/tmp/out.txt"})
            with dsl.Condition(one.output == "go"):
                op("two").after(one)
            with dsl.ParallelFor([1, 2]) as item:
                op("three").add_pod_label("item", "x")
            op("declared", output_artifact_paths={"mlpipeline-metrics": "/mlpipeline-metrics.json"})
            op("elsewhere", output_artifact_paths={"mlpipeline-ui-metadata": "/out/ui.json", "model": "/model"})


    compiler.Compiler().compile(rich, sys.argv[1])
    """
)


def python():
    """An interpreter that the SDK runs on: this one, or another on the path."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip(f"kfp {VERSION} runs on Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and none is on the path")


@pytest.fixture(scope="module")
def compiled(request, tmp_path_factory):
    """The package in each form. The SDK's environment is kept in pytest's cache."""
    home = Path(request.config.cache.mkdir(f"kfp-{VERSION}"))
    program = home / "bin" / "python"
    if not (home / "done").exists():
        subprocess.run([python(), "-m", "venv", "--clear", str(home)], check=True)
        install = [str(program), "-m", "pip", "install", "--quiet", f"kfp=={VERSION}", "setuptools<81"]
        subprocess.run(install, check=True, timeout=600)
        (home / "done").touch()
    folder = tmp_path_factory.mktemp("legacy")
    (folder / "rich.py").write_text(PIPELINE)
    packages = {}
    for ending in ("yaml", "tar.gz", "zip"):
        packages[ending] = folder / f"rich.{ending}"
        subprocess.run(
            [str(program), "rich.py", packages[ending].name],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=120,
        )
    return packages


@pytest.mark.parametrize("ending", ["yaml", "tar.gz", "zip"])
def test_what_authors_declared_with_it_stays(compiled, tmp_path, ending):
    path = tmp_path / f"p.{ending}"
    path.write_bytes(compiled[ending].read_bytes())
    cleaned = clean_package(path)
    assert not cleaned.changed
    assert cleaned.kept == {"declared": ("mlpipeline-metrics",), "elsewhere": ("mlpipeline-ui-metadata",)}
    assert path.read_bytes() == compiled[ending].read_bytes()


def test_cleaning_undoes_what_an_older_compiler_would_have_added(compiled, tmp_path):
    """As 0.1.27 does it: two optional artifacts on every container, in front of its own."""
    document = yaml.safe_load(compiled["yaml"].read_text())
    plain = yaml.safe_dump(document)
    own = {}
    for template in document["spec"]["templates"]:
        if "container" in template:
            artifacts = template.setdefault("outputs", {}).setdefault("artifacts", [])
            own[template["name"]] = {artifact["name"] for artifact in artifacts}
            for name in ARTIFACTS:
                if name not in own[template["name"]]:
                    artifacts.insert(0, {"name": name, "optional": True, "path": f"/{name}.json"})
    path = tmp_path / "p.yaml"
    path.write_text(yaml.safe_dump(document))
    cleaned = clean_package(path)
    assert path.read_text() == plain
    assert cleaned.removed.keys() == own.keys()
