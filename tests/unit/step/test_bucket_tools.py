"""A bucket through gcloud or gsutil: stand-ins of the two that speak to the storage emulator."""

import os
import sys
from pathlib import Path

import pytest

from jupyter_kfp.step.bucket import open_bucket
from jupyter_kfp.step.bucket_tools import ToolRoot
from jupyter_kfp.step.errors import SetupError, StateError
from jupyter_kfp.step.manifest import digest_of
from jupyter_kfp.step.objects import ObjectFolder
from jupyter_kfp.step.stage import stage_files

STAND_IN = '''#!{python}
"""`gcloud storage` and `gsutil`, as far as they are used: cp, cat, ls; every call is written down."""
import os, sys
from pathlib import Path

arguments = sys.argv[1:]
with open(os.environ["STAND_IN_CALLS"], "a") as calls:
    calls.write(" ".join([Path(sys.argv[0]).name, *arguments]) + "\\n")
os.environ["STORAGE_EMULATOR_HOST"] = os.environ["STAND_IN_SERVER"]
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage

client = storage.Client(project="p")


def blob(uri):
    name, _, key = uri.removeprefix("gs://").partition("/")
    return client.bucket(name).blob(key)


def fail(text):
    sys.stderr.write(text + "\\n")
    sys.exit(1)


words = [word for word in arguments if not word.startswith("-") and ":" not in word or word.startswith("gs://")]
words = [word for word in words if word != "storage"]
once = {{"--no-clobber", "-n"}} & set(arguments)
try:
    if words[0] == "cp":
        target = words[1]
        for path in sys.stdin.read().splitlines():
            if path.startswith("gs://"):
                try:
                    blob(path).download_to_filename(os.path.join(target, path.rsplit("/", 1)[1]))
                except NotFound:
                    Path(target, path.rsplit("/", 1)[1]).unlink(missing_ok=True)
                    if not client.bucket(path.split("/")[2]).exists():
                        raise
                    fail("ERROR: The following URLs matched no objects or files: " + path)
            else:
                goal = target + Path(path).name if target.endswith("/") else target
                try:
                    blob(goal).upload_from_filename(path, **({{"if_generation_match": 0}} if once else {{}}))
                except PreconditionFailed:
                    sys.stderr.write("Skipping existing destination item (no-clobber)\\n")
    elif words[0] == "cat":
        sys.stdout.buffer.write(blob(words[1]).download_as_bytes())
    elif words[0] == "ls":
        name, _, key = words[1].removeprefix("gs://").removesuffix("**").partition("/")
        found = [each.name for each in client.list_blobs(name, prefix=key)]
        if not found:
            fail("ERROR: (gcloud.storage.ls) One or more URLs matched no objects.")
        print("\\n".join(f"gs://{{name}}/{{each}}" for each in found))
    else:
        fail("unknown: " + repr(arguments))
except NotFound:
    bucket = next(word for word in [*words, *([] if sys.stdin.closed else [])] if "gs://" in word)
    if client.bucket(bucket.split("/")[2]).exists():
        fail("ERROR: The following URLs matched no objects or files: " + bucket)
    fail("ERROR: (gcloud.storage) gs://" + bucket.split("/")[2] + " not found: bucket does not exist. HTTPError 404")
'''


@pytest.fixture(params=["gcloud", "gsutil"])
def tool(request, bucket, tmp_path, monkeypatch):
    """A machine where only that tool reaches the bucket; the file that its calls are written to."""
    monkeypatch.setenv("STAND_IN_SERVER", os.environ["STORAGE_EMULATOR_HOST"])
    monkeypatch.delenv("STORAGE_EMULATOR_HOST")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "no-gcloud-credentials"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / request.param
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("STAND_IN_CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


def test_objects_go_there_and_back_in_one_call_each(tool, bucket, tmp_path):
    root = open_bucket(bucket)
    assert isinstance(root, ToolRoot)
    mine = ObjectFolder(tmp_path / "mine")
    digests = [mine.write([os.urandom(size)])[0] for size in (0, 10, 5000)]
    root.keep(digests, mine)
    other = ObjectFolder(tmp_path / "other")
    root.fetch(digests, other)
    assert [other.file(each).read_bytes() for each in digests] == [
        mine.file(each).read_bytes() for each in digests
    ]
    assert len(tool.read_text().splitlines()) == 2
    assert not [each for each in other.path.iterdir() if each.name.startswith(".")]


def test_an_object_that_is_there_is_not_replaced(tool, bucket, tmp_path):
    root = open_bucket(bucket)
    mine = ObjectFolder(tmp_path / "mine")
    digest, _ = mine.write([b"x"])
    root.keep([digest], mine)
    mine.file(digest).chmod(0o644)
    mine.file(digest).write_bytes(b"torn")
    root.keep([digest], mine)
    assert root.read(digest) == b"x"


def test_what_is_missing_is_named(tool, bucket, tmp_path):
    root = open_bucket(bucket)
    digest = digest_of(b"never stored")
    with pytest.raises(StateError, match=digest):
        root.fetch([digest], ObjectFolder(tmp_path / "other"))
    with pytest.raises(StateError, match=digest):
        root.read(digest)
    assert root.read_file(f"{root.uri}/runs/r/steps/a/log.txt") is None
    assert root.files_below(f"{root.uri}/runs/r") == []


def test_files_of_a_run_are_replaced_listed_and_read(tool, bucket, tmp_path):
    root = open_bucket(bucket)
    path = tmp_path / "log.txt"
    for text in ("one", "two"):
        path.write_text(text)
        uri = root.publish(path, f"{root.uri}/runs/r/steps/a/log.txt")
    assert root.files_below(f"{root.uri}/runs/r") == [uri]
    assert root.read_file(uri) == b"two"


def test_data_files_are_staged(tool, bucket, tmp_path):
    (tmp_path / "data.csv").write_text("a,b")
    assert stage_files(bucket, tmp_path, ["data.csv"]).startswith(bucket)


def test_a_bucket_that_does_not_exist_is_told_as_the_tools(tool, bucket, tmp_path):
    with pytest.raises(StateError, match=r"(gcloud|gsutil): the bucket no-such-bucket does not exist"):
        open_bucket("gs://no-such-bucket/p").read_file("gs://no-such-bucket/p/x")


def test_without_credentials_and_tools_the_way_to_them_is_told(tool, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(SetupError, match="no Google credentials") as caught:
        open_bucket(bucket)
    assert "gcloud auth application-default login" in caught.value.fix


def test_the_library_is_used_where_it_has_credentials(bucket):
    assert type(open_bucket(bucket)).__name__ == "BucketRoot"


def test_gcloud_comes_before_gsutil(tmp_path, monkeypatch):
    from jupyter_kfp.step.bucket_tools import find_tool

    for name in ("gcloud", "gsutil"):
        Path(tmp_path, name).write_text("#!/bin/sh\n")
        Path(tmp_path, name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_tool()
    assert found is not None
    assert found.name == "gcloud"
