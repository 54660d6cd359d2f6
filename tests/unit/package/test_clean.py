"""Cleaning: exactly the artifacts that compilers added go, from any form of package."""

import gzip
import io
import json
import stat
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.package import PackageError, clean_package, compile_package

FIXTURES = Path(__file__).parents[2] / "data" / "v1-packages"
OLD = FIXTURES / "iris-kfp0.1.19.yaml"
NEW = FIXTURES / "iris-kfp1.8.22.yaml"
BOTH = ("mlpipeline-ui-metadata", "mlpipeline-metrics")

UI = "- name: mlpipeline-ui-metadata\n  path: /mlpipeline-ui-metadata.json"
FLOW = "{name: mlpipeline-metrics, optional: true, path: /mlpipeline-metrics.json}"
METRICS = f"- {FLOW}"


def workflow(*templates, head=""):
    body = "\n".join(templates)
    return f"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n{head}spec:\n  templates:\n{body}\n"


def template(outputs, name="train"):
    """A template whose `outputs` is this YAML, as it stands below the key."""
    return f"  - name: {name}\n    outputs:\n{textwrap.indent(textwrap.dedent(outputs).strip(), '      ')}"


def clean(tmp_path, text, **given):
    path = tmp_path / "pipeline.yaml"
    path.write_bytes(text.encode())
    cleaned = clean_package(path, **given)
    assert path.read_bytes().decode() == cleaned.after
    again = clean_package(path, **given)
    assert not again.changed
    return cleaned


def test_the_old_compilers_package_loses_exactly_the_artifact_lines(tmp_path):
    before = OLD.read_text().splitlines()
    cleaned = clean(tmp_path, OLD.read_text())
    gone = {n for n, line in enumerate(before) if line == "      artifacts:"}
    for start in list(gone):
        gone |= set(range(start, start + 29))
    # `test` has no other outputs, so that its key goes as well
    gone.add(next(n for n, line in enumerate(before) if line == "    name: test") + 1)
    assert cleaned.after.splitlines() == [line for n, line in enumerate(before) if n not in gone]
    assert cleaned.removed == dict.fromkeys(("preprocess", "test", "train"), BOTH)
    loaded = yaml.safe_load(cleaned.after)
    assert "mlpipeline-metrics" not in cleaned.after
    assert "outputs" not in next(t for t in loaded["spec"]["templates"] if t["name"] == "test")


@pytest.mark.parametrize("name", [path.name for path in sorted(FIXTURES.glob("*0.1.19*"))])
def test_every_form_is_cleaned_to_the_same_yaml(tmp_path, name):
    path = tmp_path / name
    path.write_bytes((FIXTURES / name).read_bytes())
    cleaned = clean_package(path)
    assert cleaned.after == clean_package(OLD, check=True).after
    assert not clean_package(path).changed


@pytest.mark.parametrize("name", [path.name for path in sorted(FIXTURES.glob("*1.8.22*"))])
def test_a_package_without_such_artifacts_is_left_alone_to_the_byte(tmp_path, name):
    path = tmp_path / name
    path.write_bytes((FIXTURES / name).read_bytes())
    at = path.stat().st_mtime_ns
    assert not clean_package(path).changed
    assert path.read_bytes() == (FIXTURES / name).read_bytes()
    assert path.stat().st_mtime_ns == at


def test_our_own_packages_are_left_alone(iris, tmp_path):
    for name in ("p.yaml", "p.tar.gz", "p.zip"):
        compile_package(iris, tmp_path / name)
        before = (tmp_path / name).read_bytes()
        assert not clean_package(tmp_path / name).changed
        assert (tmp_path / name).read_bytes() == before
    compile_package(iris, tmp_path / "p.yaml", target="kubernetes")
    assert not clean_package(tmp_path / "p.yaml").changed


def test_keep_leaves_a_steps_artifacts(tmp_path):
    cleaned = clean(tmp_path, OLD.read_text(), keep=["train"])
    assert cleaned.kept == {"train": BOTH}
    assert set(cleaned.removed) == {"preprocess", "test"}
    assert cleaned.after.count("name: mlpipeline-ui-metadata") == 1


def test_keep_refuses_a_step_that_is_not_there(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_bytes(OLD.read_bytes())
    with pytest.raises(PackageError, match="no step is called 'trian'") as caught:
        clean_package(path, keep=["trian"])
    assert "'train'" in caught.value.fix
    assert path.read_bytes() == OLD.read_bytes()


def test_check_writes_nothing_and_shows_the_change(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_bytes(OLD.read_bytes())
    cleaned = clean_package(path, check=True)
    assert cleaned.changed
    assert path.read_bytes() == OLD.read_bytes()
    changed = [line for line in cleaned.diff.splitlines()[2:] if line.startswith(("+", "-"))]
    assert len(changed) == 29 * 3 + 1
    assert all(line.startswith("-") for line in changed)


def test_another_path_was_declared_on_purpose(tmp_path):
    text = workflow(template("artifacts:\n- {name: mlpipeline-ui-metadata, path: /out/ui.json}"))
    cleaned = clean(tmp_path, text)
    assert not cleaned.changed
    assert cleaned.kept == {"train": ("mlpipeline-ui-metadata",)}


def test_an_artifact_that_another_step_takes_is_used(tmp_path):
    user = "  - name: all\n    steps: [[{from: '{{tasks.train.outputs.artifacts.mlpipeline-metrics}}'}]]"
    cleaned = clean(tmp_path, workflow(template(f"artifacts:\n{UI}\n{METRICS}"), user))
    assert cleaned.removed == {"train": ("mlpipeline-ui-metadata",)}
    assert cleaned.kept == {"train": ("mlpipeline-metrics",)}


def test_a_compiler_that_adds_none_had_them_declared_by_the_author(tmp_path):
    head = "metadata:\n  annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}\n"
    declared = workflow(template(f"artifacts:\n{UI}"), head=head)
    assert not clean(tmp_path, declared).changed
    added = workflow(template(f"artifacts:\n{UI}\n  optional: true"), head=head)
    assert clean(tmp_path, added).changed


def test_a_bare_artifact_of_some_steps_only_is_the_authors(tmp_path):
    text = workflow(template(f"artifacts:\n{UI}"), "  - {name: other, container: {image: x}}")
    cleaned = clean(tmp_path, text)
    assert cleaned.kept == {"train": ("mlpipeline-ui-metadata",)}
    assert clean(tmp_path, workflow(template(f"artifacts:\n{UI}\n  s3: {{}}"), "  - {name: other}")).changed


CASES = {
    "block": ("artifacts:\n{ui}\n{m}\nparameters: [a]", "parameters: [a]"),
    "only artifact, others stay": (
        "artifacts:\n{ui}\n- name: model\n  path: /m\n{m}",
        "artifacts:\n- name: model\n  path: /m",
    ),
    "comments stay with what stays": (
        "# outputs of this step\nartifacts: # both\n# above\n{ui} # gone\n# between\n- {{name: model}} # stays\n# end",
        "# outputs of this step\nartifacts: # both\n# above\n# between\n- {{name: model}} # stays\n# end",
    ),
    "dash on a line of its own": (
        "artifacts:\n-\n  name: mlpipeline-metrics\n  path: /mlpipeline-metrics.json\n- name: model",
        "artifacts:\n- name: model",
    ),
    "comment behind the dash": (
        "artifacts:\n- # the one\n  name: mlpipeline-metrics\n  path: /mlpipeline-metrics.json\n- name: model",
        "artifacts:\n- name: model",
    ),
    "indented list": (
        "artifacts:\n  {m}\n  - name: model\nparameters: []",
        "artifacts:\n  - name: model\nparameters: []",
    ),
    "flow list": (
        "artifacts: [{f}, {{name: model}}]",
        "artifacts: [{{name: model}}]",
    ),
    "flow list, last": (
        "artifacts: [{{name: model}}, {f}]",
        "artifacts: [{{name: model}}]",
    ),
    "flow list, both around": (
        "artifacts: [{{name: mlpipeline-ui-metadata, path: /mlpipeline-ui-metadata.json}}, {{name: model}}, "
        "{f}, ]",
        "artifacts: [{{name: model}}, ]",
    ),
    "flow list over lines": (
        "artifacts: [\n  {{name: a}}, # keep me\n  {f}, # gone\n  # about b\n  {{name: b}} # b\n]",
        "artifacts: [\n  {{name: a}}, # keep me\n  # about b\n  {{name: b}} # b\n]",
    ),
    "flow list over lines, last": (
        "artifacts: [\n  {{name: a}}, # keep me\n  {f} # gone\n]",
        "artifacts: [\n  {{name: a}}, # keep me\n]",
    ),
    "flow list over lines, all behind one": (
        "artifacts: [\n  {{name: a}}, # keep me\n  {{name: mlpipeline-ui-metadata, optional: true, "
        "path: /mlpipeline-ui-metadata.json}},\n"
        "  {{name: mlpipeline-metrics, optional: true, path: /mlpipeline-metrics.json}}\n]",
        "artifacts: [\n  {{name: a}}, # keep me\n]",
    ),
    "quotes and order": (
        '"parameters": [b, \'a\']\n"artifacts":\n- \'path\': "/mlpipeline-metrics.json"\n'
        "  'name': \"mlpipeline-metrics\"",
        "\"parameters\": [b, 'a']",
    ),
    "literal text inside": (
        "artifacts:\n- name: mlpipeline-metrics\n  path: /mlpipeline-metrics.json\n"
        "  note: |\n    a\n    b\n- name: model",
        "artifacts:\n- name: model",
    ),
    "an empty list beside": ("artifacts:\n{ui}\nparameters: []\n", "parameters: []"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_keeps_its_other_outputs_as_they_stand(tmp_path, case):
    before, after = (text.format(ui=UI, m=METRICS, f=FLOW) for text in CASES[case])
    cleaned = clean(tmp_path, workflow(template(before)))
    assert cleaned.after == workflow(template(after))


@pytest.mark.parametrize(
    "outputs",
    [
        f"    outputs:\n      artifacts:\n{textwrap.indent(UI, '      ')}\n",
        f"    outputs: {{artifacts: [{FLOW}]}} # gone\n",
        f"    outputs:\n      # nothing else\n      artifacts: [{FLOW}]\n",
    ],
)
def test_outputs_left_empty_go_too(tmp_path, outputs):
    text = "kind: Workflow\nspec:\n  templates:\n  - name: a\n{}    container: {{image: x}}\n  - name: b\n"
    assert clean(tmp_path, text.format(outputs)).after == text.format("")


def test_outputs_that_were_empty_before_stay(tmp_path):
    text = workflow("  - {name: a, outputs: {}}\n  - {name: b, outputs: {artifacts: []}}", template(UI, "c"))
    assert not clean(tmp_path, text).changed


def test_a_template_that_begins_with_its_outputs(tmp_path):
    text = workflow(f"  - outputs:\n      artifacts:\n      {METRICS}\n    # why\n    name: a")
    cleaned = clean(tmp_path, text)
    assert yaml.safe_load(cleaned.after)["spec"] == {"templates": [{"name": "a"}]}
    assert "# why" in cleaned.after


def test_json_is_yaml(tmp_path):
    document = {
        "kind": "Workflow",
        "spec": {
            "templates": [
                {
                    "name": "a",
                    "outputs": {
                        "artifacts": [
                            {"name": name, "path": f"/{name}.json", "optional": True} for name in BOTH
                        ]
                    },
                    "container": {"image": "x"},
                },
                {
                    "outputs": {"artifacts": [{"name": BOTH[0], "path": f"/{BOTH[0]}.json"}, {"name": "m"}]},
                    "name": "b",
                },
            ]
        },
    }
    wanted = {
        "kind": "Workflow",
        "spec": {
            "templates": [
                {"name": "a", "container": {"image": "x"}},
                {"outputs": {"artifacts": [{"name": "m"}]}, "name": "b"},
            ]
        },
    }
    for indent in (None, 2):
        cleaned = clean(tmp_path, json.dumps(document, indent=indent))
        assert json.loads(cleaned.after) == wanted
    assert cleaned.after == json.dumps(wanted, indent=2)


def test_several_documents_are_each_cleaned(tmp_path):
    one = workflow(template(f"artifacts:\n{METRICS}\nparameters: []"))
    config = "kind: ConfigMap\ndata: {a: 'mlpipeline-metrics'} # stays\n"
    cleaned = clean(tmp_path, f"# first\n---\n{config}---\n{one}...\n---\n{one}")
    done = workflow(template("parameters: []"))
    assert cleaned.after == f"# first\n---\n{config}---\n{done}...\n---\n{done}"


@pytest.mark.parametrize("path", [("spec", "workflowSpec"), ("spec", "workflow", "spec")])
def test_workflows_inside_schedules_are_cleaned(tmp_path, path):
    document = {
        "templates": [
            {"name": "a", "outputs": {"artifacts": [{"name": BOTH[0], "path": f"/{BOTH[0]}.json"}]}}
        ]
    }
    for key in reversed(path):
        document = {key: document}
    cleaned = clean(tmp_path, yaml.safe_dump({"kind": "ScheduledWorkflow", **document}))
    assert cleaned.removed == {"a": (BOTH[0],)}


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n# end"])
def test_line_ends_and_marks_stay_as_they_are(tmp_path, newline, mark, end):
    before = workflow(template(f"parameters: []\nartifacts:\n{UI}")).rstrip("\n") + end
    after = workflow(template("parameters: []")).rstrip("\n") + (end or "\n")
    path = tmp_path / "p.yaml"
    path.write_bytes((mark + before.replace("\n", newline)).encode())
    clean_package(path)
    assert path.read_bytes().decode() == mark + after.replace("\n", newline)


def test_text_beyond_ascii_is_counted_rightly(tmp_path):
    text = workflow(template(f"artifacts:\n- name: größe 😀 漢 # ü\n{METRICS}\n- name: é"), head="# 😀é\n")
    assert clean(tmp_path, text).after == text.replace(f"      {METRICS}\n", "")


class TestAnchors:
    def test_an_anchor_that_only_removed_parts_use_goes_with_them(self, tmp_path):
        a = template("artifacts: &both\n" + UI, "a")
        b = template("artifacts: *both\nparameters: []", "b")
        assert clean(tmp_path, workflow(a, b, "  - name: c")).after == workflow(
            "  - name: a", template("parameters: []", "b"), "  - name: c"
        )

    def test_shared_outputs_that_keep_something_are_edited_once(self, tmp_path):
        a = template(f"artifacts: &both\n{UI}\n- name: model", "a")
        text = workflow(a, template("artifacts: *both", "b"))
        cleaned = clean(tmp_path, text)
        assert cleaned.after == workflow(
            template("artifacts: &both\n- name: model", "a"), template("artifacts: *both", "b")
        )

    def test_an_anchor_that_something_else_uses_is_an_error(self, tmp_path):
        text = workflow(template("artifacts:\n- &ui " + UI[2:]), "  - {name: b, other: *ui}")
        self.refused(tmp_path, text, "still uses it")

    def test_a_shared_artifact_cannot_be_kept_by_one_and_lost_by_another(self, tmp_path):
        text = workflow(template("artifacts: &both\n" + UI, "a"), template("artifacts: *both", "b"))
        self.refused(tmp_path, text, "keep and lose", keep=["a"])

    def test_outputs_by_merge_key(self, tmp_path):
        text = f"base: &base\n  outputs:\n    artifacts:\n    {METRICS}\n  retry: 1\n" + workflow(
            "  - {<<: *base, name: a}", "  - <<: [*base]\n    name: b"
        )
        cleaned = clean(tmp_path, text)
        assert cleaned.after == "base: &base\n  retry: 1\n" + workflow(
            "  - {<<: *base, name: a}", "  - <<: [*base]\n    name: b"
        )

    def refused(self, tmp_path, text, match, **given):
        path = tmp_path / "p.yaml"
        path.write_text(text)
        with pytest.raises(PackageError, match=match):
            clean_package(path, **given)
        assert path.read_text() == text


def bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines) + "\nkind: Workflow\n"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (bomb(), "aliases"),
        ("kind: Workflow\na: !!python/object/apply:os.system ['true']\n", "tag"),
        ("kind: Workflow\na: !custom x\n", "tag"),
        ("kind: Workflow\na: " + "[" * 500 + "]" * 500, "deep"),
        ("kind: Workflow\na: &a [*a]\n", "names nothing"),
        ("kind: Workflow\na: *b\n", "names nothing"),
        ("kind: [Workflow\n", "not YAML"),
        ("a: b: c", "not YAML"),
        ("kind: Workflow\n\x00", "not YAML"),
        ("", "no pipeline"),
        ("just text", "no pipeline"),
        ("kind: ConfigMap\n", "no pipeline"),
        ("- kind: Workflow\n", "no pipeline"),
    ],
)
def test_what_is_no_sound_pipeline_is_refused_and_left_alone(tmp_path, text, match):
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(PackageError, match=match):
        clean_package(path)
    assert path.read_text() == text
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.yaml"]


def test_yaml_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_bytes("kind: Größe".encode("latin-1"))
    with pytest.raises(PackageError, match="UTF-8"):
        clean_package(path)


class TestWriting:
    def test_out_leaves_the_package_alone(self, tmp_path):
        path, out = tmp_path / "a.tar.gz", tmp_path / "new" / "b.tar.gz"
        path.write_bytes((FIXTURES / "iris-kfp0.1.19.tar.gz").read_bytes())
        clean_package(path, out)
        assert path.read_bytes() == (FIXTURES / "iris-kfp0.1.19.tar.gz").read_bytes()
        assert not clean_package(out).changed

    def test_out_is_written_where_nothing_changed_too(self, tmp_path):
        clean_package(NEW, tmp_path / "out.yaml")
        assert (tmp_path / "out.yaml").read_bytes() == NEW.read_bytes()

    @pytest.mark.parametrize("name", ["b.yaml", "b.zip", "b.tar.gz"])
    def test_out_in_another_form_is_packed_anew(self, tmp_path, name):
        clean_package(FIXTURES / "iris-kfp0.1.19.tar.gz", tmp_path / name)
        again = clean_package(tmp_path / name)
        assert not again.changed
        assert again.after == clean_package(OLD, check=True).after

    def test_the_files_mode_stays(self, tmp_path):
        path = tmp_path / "p.yaml"
        path.write_bytes(OLD.read_bytes())
        path.chmod(0o640)
        clean_package(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_link_still_leads_to_the_package(self, tmp_path):
        (tmp_path / "real.yaml").write_bytes(OLD.read_bytes())
        (tmp_path / "link.yaml").symlink_to("real.yaml")
        clean_package(tmp_path / "link.yaml")
        assert (tmp_path / "link.yaml").is_symlink()
        assert "mlpipeline-metrics" not in (tmp_path / "real.yaml").read_text()


def tar(members, **more):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", **more) as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def tarinfo(name, **fields):
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_other_members_of_a_tar_keep_place_mode_time_and_owner(tmp_path, form):
    members = [
        (tarinfo("README", mode=0o755, mtime=1_600_000_000, uid=7, uname="me"), b"read me"),
        (tarinfo("data", type=tarfile.DIRTYPE, mode=0o700), b""),
        (tarinfo("pipeline.yaml", mode=0o600, mtime=1_500_000_000, uid=3), OLD.read_bytes()),
        (
            tarinfo("data/" + "long" * (20 if form == tarfile.USTAR_FORMAT else 40) + ".bin", mtime=1),
            bytes(range(256)) * 9,
        ),
        (tarinfo("data/link", type=tarfile.SYMTYPE, linkname="x.bin"), b""),
    ]
    path = tmp_path / "p.tar.gz"
    path.write_bytes(tar(members, format=form))
    before = gzip.decompress(path.read_bytes())
    clean_package(path)
    with tarfile.open(path) as archive:
        found = archive.getmembers()
        assert archive.extractfile("pipeline.yaml").read().decode() == clean_package(OLD, check=True).after
        assert archive.extractfile("README").read() == b"read me"
    for member, (info, _) in zip(found, members, strict=True):
        for key in ("name", "mode", "mtime", "uid", "gid", "uname", "type", "linkname"):
            assert getattr(member, key) == getattr(info, key)
    # every byte outside of the pipeline's own header and content is the same
    with tarfile.open(fileobj=io.BytesIO(before)) as archive:
        old = archive.getmember("pipeline.yaml")
    after = gzip.decompress(path.read_bytes())
    assert after[: old.offset_data - 512] == before[: old.offset_data - 512]
    rest = before[old.offset_data + -(-old.size // 512) * 512 :]
    assert after.endswith(rest)


def test_other_members_of_a_zip_keep_place_mode_time_and_method(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"made by hand"
        for name, data, method, mode, comment in (
            ("notes/", b"", zipfile.ZIP_STORED, 0o40755, b""),
            ("notes/a.txt", b"a" * 999, zipfile.ZIP_STORED, 0o100755, b"mine"),
            ("pipeline.yaml", OLD.read_bytes(), zipfile.ZIP_DEFLATED, 0o100600, b""),
            ("größe.bin", b"\0" * 50, zipfile.ZIP_BZIP2, 0o100644, b""),
        ):
            info = zipfile.ZipInfo(name, (2020, 2, 3, 4, 6, 8))
            info.compress_type, info.external_attr, info.comment = method, mode << 16, comment
            archive.writestr(info, data)
    with zipfile.ZipFile(path) as archive:
        before = {info.filename: (info, archive.read(info)) for info in archive.infolist()}
    clean_package(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"made by hand"
        assert archive.namelist() == list(before)
        for info in archive.infolist():
            old, data = before[info.filename]
            for key in ("date_time", "compress_type", "external_attr", "comment", "create_system", "extra"):
                assert getattr(info, key) == getattr(old, key)
            if info.filename != "pipeline.yaml":
                assert archive.read(info) == data
            else:
                assert archive.read(info).decode() == clean_package(OLD, check=True).after


# Any workflow, written in any style: what is left is what Python would have left.
words = st.text(alphabet="abc -:#'\"{}[]é😀", max_size=8)
others = st.fixed_dictionaries(
    {"name": words}, optional={"path": words, "s3": st.dictionaries(words, words, max_size=2)}
)
added = st.sampled_from(BOTH).flatmap(
    lambda name: st.fixed_dictionaries(
        {"name": st.just(name), "path": st.just(f"/{name}.json"), "optional": st.just(True)}
    )
)
steps = st.fixed_dictionaries(
    {"name": st.text("abc", min_size=1, max_size=3)},
    optional={
        "container": st.dictionaries(words, words, max_size=2),
        "outputs": st.fixed_dictionaries(
            {},
            optional={
                "artifacts": st.lists(others | added, max_size=4),
                "parameters": st.lists(words, max_size=2),
            },
        ),
        "zone": words,
    },
)


def by_hand(document):
    left = json.loads(json.dumps(document))
    for step in left["spec"]["templates"]:
        outputs = step.get("outputs", {})
        artifacts = outputs.get("artifacts", [])
        keep = [a for a in artifacts if not (a["name"] in BOTH and a.get("path") == f"/{a['name']}.json")]
        if len(keep) < len(artifacts):
            outputs["artifacts"] = keep
            if not keep:
                del outputs["artifacts"]
                if not outputs:
                    del step["outputs"]
    return left


@settings(deadline=None, max_examples=150)
@given(
    st.lists(steps, max_size=4),
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.integers(2, 6),
    st.sampled_from([20, 80, 1000]),
)
def test_any_workflow_in_any_style_loses_just_that(tmp_path_factory, given_steps, flow, keys, indent, width):
    document = {"kind": "Workflow", "spec": {"templates": given_steps}}
    dumper = type("Plain", (yaml.SafeDumper,), {"ignore_aliases": lambda self, data: True})
    text = yaml.dump(
        document,
        Dumper=dumper,
        default_flow_style=flow,
        sort_keys=keys,
        indent=indent,
        width=width,
        allow_unicode=True,
    )
    path = tmp_path_factory.mktemp("any") / "p.yaml"
    path.write_text(text, encoding="utf-8")
    cleaned = clean_package(path)
    assert yaml.safe_load(path.read_text(encoding="utf-8")) == by_hand(document)
    assert not clean_package(path).changed
    if flow is False:
        # block style: what is left are lines of before, in their order; a line may have moved up to a dash
        before = iter(line.lstrip(" -") for line in text.splitlines())
        assert all(line.lstrip(" -") in before for line in cleaned.after.splitlines())
