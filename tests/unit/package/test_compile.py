"""Packages: the same as kfp's own compiler gives, the same bytes every time, in every form and for every target."""

import gzip
import subprocess
import sys
import tarfile
import zipfile

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.errors import FindingsError
from jupyter_kfp.package import PackageError, compile_package, render_dsl
from jupyter_kfp.package.compile import _dump, compile_source
from jupyter_kfp.pipeline import Parameter

from .made import make_pipeline, make_step

LINES = "one\nroot: {}\n\x85two"


def documents(path):
    return list(yaml.safe_load_all(path.read_text()))


def test_running_pipeline_py_gives_the_same_package(iris, tmp_path):
    compile_package(iris, tmp_path / "ours.yaml")
    (tmp_path / "pipeline.py").write_text(render_dsl(iris))
    subprocess.run([sys.executable, "pipeline.py"], cwd=tmp_path, check=True)
    assert (tmp_path / "pipeline.yaml").read_bytes() == (tmp_path / "ours.yaml").read_bytes()


def test_kfp_dsl_compile_gives_the_same_package(iris, tmp_path):
    compile_package(iris, tmp_path / "ours.yaml")
    (tmp_path / "pipeline.py").write_text(render_dsl(iris))
    arguments = ["dsl", "compile", "--py", "pipeline.py", "--output", "theirs.yaml"]
    program = "import sys; from kfp.cli.__main__ import main; sys.exit(main())"
    subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, check=True)
    assert (tmp_path / "theirs.yaml").read_bytes() == (tmp_path / "ours.yaml").read_bytes()


def test_a_package_with_a_platform_document_is_the_same_too(tmp_path):
    pipeline = make_pipeline(["train"], settings={"defaults": {"labels": {"team": "a"}, "timeout": 60}})
    compile_package(pipeline, tmp_path / "ours.yaml")
    (tmp_path / "pipeline.py").write_text(render_dsl(pipeline))
    subprocess.run([sys.executable, "pipeline.py"], cwd=tmp_path, check=True)
    assert (tmp_path / "pipeline.yaml").read_bytes() == (tmp_path / "ours.yaml").read_bytes()


@pytest.mark.parametrize("name", ["p.yaml", "p.yml", "p.tar.gz", "p.tgz", "p.zip"])
def test_the_same_pipeline_gives_the_same_bytes(iris, tmp_path, name):
    (tmp_path / "a").mkdir()
    first = compile_package(iris, tmp_path / "a" / name)
    second = compile_package(iris, tmp_path / name)
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_tar_holds_one_pipeline_of_nobody_and_no_time(iris, tmp_path):
    compile_package(iris, tmp_path / "p.tar.gz")
    with tarfile.open(tmp_path / "p.tar.gz") as archive:
        (member,) = archive.getmembers()
    assert (member.name, member.uid, member.gid, member.mtime, member.mode) == (
        "pipeline.yaml",
        0,
        0,
        0,
        0o644,
    )
    compile_package(iris, tmp_path / "p.yaml")
    assert gzip.decompress((tmp_path / "p.tar.gz").read_bytes())[512:].rstrip(b"\0") == (
        (tmp_path / "p.yaml").read_bytes()
    )


def test_a_zip_holds_one_pipeline_of_1980(iris, tmp_path):
    compile_package(iris, tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        (member,) = archive.infolist()
    assert (member.filename, member.date_time) == ("pipeline.yaml", (1980, 1, 1, 0, 0, 0))


def test_vertex_gets_one_document_whatever_the_settings(tmp_path):
    pipeline = make_pipeline(
        ["train"],
        settings={
            "defaults": {"labels": {"a": "b"}, "google_credentials": {}, "cpu": "2"},
            "bucket": "gs://a",
        },
    )
    package = compile_package(pipeline, tmp_path / "p.yaml", target="vertex")
    assert len(documents(tmp_path / "p.yaml")) == 1
    container = package.documents[0]["deploymentSpec"]["executors"]["exec-train"]["container"]
    assert container["resources"]["resourceCpuRequest"] == "2"
    assert "env" not in container
    assert [found.code for found in package.findings] == ["JK503", "JK503"]
    assert {found.name for found in package.findings} == {"labels", "google_credentials"}


def test_kubeflow_gets_a_platform_document_where_settings_need_one(iris, tmp_path):
    compile_package(iris, tmp_path / "p.yaml")
    assert len(documents(tmp_path / "p.yaml")) == 1
    pipeline = make_pipeline(["train"], settings={"defaults": {"labels": {"a": "b"}}})
    compile_package(pipeline, tmp_path / "p.yaml")
    assert len(documents(tmp_path / "p.yaml")) == 2


def test_kubernetes_manifests_are_those_that_kfp_writes(tmp_path):
    from kfp.compiler import Compiler
    from kfp.compiler.compiler_utils import KubernetesManifestOptions

    pipeline = make_pipeline(
        ["train"],
        settings={"description": "What it does.", "defaults": {"labels": {"a": "b"}}},
        name="Iris flowers",
    )
    package = compile_package(pipeline, tmp_path / "ours.yaml", target="kubernetes")
    holder, version = package.documents
    namespace = {"__name__": "pipeline"}
    exec(compile(render_dsl(pipeline), "pipeline.py", "exec"), namespace)
    Compiler().compile(
        namespace["iris_flowers"],
        str(tmp_path / "theirs.yaml"),
        kubernetes_manifest_format=True,
        kubernetes_manifest_options=KubernetesManifestOptions(
            pipeline_display_name="Iris flowers",
            pipeline_version_name=version["metadata"]["name"],
            pipeline_version_display_name=version["spec"]["displayName"],
            include_pipeline_manifest=True,
        ),
    )
    assert documents(tmp_path / "ours.yaml") == documents(tmp_path / "theirs.yaml")
    assert holder["metadata"] == {"name": "iris-flowers"}


def test_a_changed_pipeline_is_another_version(tmp_path):
    names = set()
    for cpu in ("1", "2", "2"):
        pipeline = make_pipeline(["train"], settings={"defaults": {"cpu": cpu}})
        package = compile_package(pipeline, tmp_path / "p.yaml", target="kubernetes")
        names.add(package.documents[1]["metadata"]["name"])
    assert len(names) == 2


def test_a_default_of_several_lines_does_not_break_out_of_the_comment(tmp_path):
    pipeline = make_pipeline(
        [make_step("train", parameters=("text",))], parameters=[Parameter("text", "str", LINES)]
    )
    package = compile_package(pipeline, tmp_path / "p.yaml")
    assert documents(tmp_path / "p.yaml") == [package.documents[0]]
    assert package.documents[0]["root"]["inputDefinitions"]["parameters"]["text"]["defaultValue"] == LINES
    assert "JK506" in {found.code for found in package.findings}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, width=32)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=150), inner, max_size=3),
    max_leaves=20,
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.text(max_size=20), json_values, max_size=4))
def test_what_is_written_reads_back_as_what_was_meant(document):
    assert list(yaml.safe_load_all(_dump([document]))) == [document]


def test_a_large_package_is_a_warning_that_says_what_to_do(tmp_path):
    pipeline = make_pipeline([f"s{i}" for i in range(250)])
    package = compile_package(pipeline, tmp_path / "p.yaml")
    assert {found.code for found in package.findings} == {"JK501", "JK502"}
    assert all("join" in found.fix for found in package.findings)
    assert package.size == len((tmp_path / "p.yaml").read_bytes())


def test_nothing_is_written_where_the_pipeline_has_errors(tmp_path):
    pipeline = make_pipeline(["train"], settings={"steps": {"train": {"when": "nonsense >"}}})
    with pytest.raises(FindingsError):
        compile_package(pipeline, tmp_path / "p.yaml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["p", "p.json", "p.tar", "p.yaml.bak"])
def test_a_name_without_a_packages_ending_is_refused(iris, tmp_path, name):
    with pytest.raises(PackageError, match="ending"):
        compile_package(iris, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_error_without_a_traceback(iris, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PackageError, match="cannot be written"):
        compile_package(iris, tmp_path / "file" / "p.yaml")


def test_a_refusal_of_kfp_is_told_as_an_error():
    with pytest.raises(PackageError, match="kfp refuses"):
        compile_source("from kfp import dsl\n\n@dsl.pipeline\ndef p(a):\n    pass\n")
