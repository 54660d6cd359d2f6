"""Storage against a local folder and a real server."""

import os

import pytest

from jupyter_kfp.step.errors import SetupError, StateError
from jupyter_kfp.step.manifest import decode, digest_of
from jupyter_kfp.step.objects import Header, ObjectFolder
from jupyter_kfp.step.stage import stage_files
from jupyter_kfp.step.storage import object_uri, open_root, split_object_uri


@pytest.fixture(params=["folder", "bucket"])
def root(request, tmp_path):
    uri = str(tmp_path / "root") if request.param == "folder" else request.getfixturevalue("bucket")
    return open_root(uri)


def test_objects_come_back_as_they_were(root, tmp_path):
    mine = ObjectFolder(tmp_path / "mine")
    digests = [mine.write([os.urandom(size)])[0] for size in (0, 1, 5000, 3 << 20)]
    root.keep(digests, mine)
    root.keep(digests, mine)
    other = ObjectFolder(tmp_path / "other")
    root.fetch(digests, other)
    assert [other.file(each).read_bytes() for each in digests] == [
        mine.file(each).read_bytes() for each in digests
    ]
    assert root.read(digests[2]) == mine.file(digests[2]).read_bytes()


def test_an_object_that_is_missing_is_named(root, tmp_path):
    digest = digest_of(b"never stored")
    with pytest.raises(StateError, match=digest):
        root.fetch([digest], ObjectFolder(tmp_path / "other"))
    with pytest.raises(StateError, match=digest):
        root.read(digest)


def test_a_file_of_a_run_may_be_replaced(root, tmp_path):
    path = tmp_path / "log.txt"
    for text in ("one", "two"):
        path.write_text(text)
        uri = root.publish(path, f"{root.uri}/runs/r/steps/a/log.txt")
    assert uri.endswith("/runs/r/steps/a/log.txt")


def test_an_object_in_a_bucket_is_written_once(bucket, tmp_path):
    root = open_root(bucket)
    mine = ObjectFolder(tmp_path / "mine")
    digest, _ = mine.write([b"x" * 100])
    root.keep([digest], mine)
    blob = root._blob(digest)
    blob.reload()
    first = blob.generation
    root.keep([digest], mine)
    blob.reload()
    assert blob.generation == first


def test_an_object_that_was_tampered_with_in_a_bucket_is_not_read(bucket, tmp_path):
    root = open_root(bucket)
    digest = digest_of(b"right")
    root._blob(digest).upload_from_string(b"wrong")
    with pytest.raises(StateError, match="damaged"):
        root.read(digest)


def test_a_bucket_that_does_not_exist_is_told(bucket, tmp_path):
    mine = ObjectFolder(tmp_path / "mine")
    digest, _ = mine.write([b"x"])
    with pytest.raises(StateError, match="the bucket no-such-bucket does not exist: Not Found"):
        open_root("gs://no-such-bucket/p").keep([digest], mine)


@pytest.mark.parametrize("uri", ["s3://bucket", "gs://", "http://example.com/x"])
def test_a_root_of_another_kind_is_refused(uri):
    with pytest.raises(SetupError):
        open_root(uri)


@pytest.mark.parametrize("uri", ["", "gs://b/objects/12", "/x/objects/../../etc", f"/x/other/{'0' * 64}"])
def test_a_uri_that_is_no_state_is_refused(uri):
    with pytest.raises(SetupError, match="not the uri"):
        split_object_uri(uri)


def test_object_uris_go_there_and_back(root):
    digest = digest_of(b"")
    assert split_object_uri(object_uri(root, digest)) == (root.uri, digest)


def test_a_torn_object_never_reaches_the_unpickler(tmp_path):
    folder = ObjectFolder(tmp_path)
    digest, _ = folder.write_framed(Header(step="a"), [b"payload"])
    path = folder.file(digest)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StateError, match="damaged"):
        folder.read_framed(digest)
    with pytest.raises(StateError, match="damaged"):
        folder.check_file(digest)
    with pytest.raises(StateError, match="damaged"):
        folder.map_buffers([digest])


@pytest.mark.parametrize("name", ["../secret", "a" * 64 + "/..", "A" * 64, ""])
def test_a_name_that_is_no_digest_leads_nowhere(tmp_path, name):
    with pytest.raises(StateError, match="not the digest"):
        ObjectFolder(tmp_path).file(name)


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def broken():
        yield b"some"
        raise RuntimeError

    folder = ObjectFolder(tmp_path)
    with pytest.raises(RuntimeError):
        folder.write(broken())
    assert list(tmp_path.iterdir()) == []


def test_staged_files_are_a_manifest_of_files_only(root, tmp_path):
    data = tmp_path / "data"
    (data / "sub").mkdir(parents=True)
    (data / "a.csv").write_text("a")
    (data / "sub" / "b.csv").write_text("b")
    (data / "sub" / "link").symlink_to("/etc/passwd")
    uri = stage_files(str(root.uri), data, ["a.csv", "sub", "../data/a.csv"])
    manifest = decode(root.read(split_object_uri(uri)[1]))
    assert set(manifest["files"]) == {"a.csv", "sub/b.csv", "../data/a.csv"}
    assert manifest["names"] == {}
    assert uri == stage_files(str(root.uri), data, ["sub", "../data/a.csv", "a.csv"])


def test_files_of_a_run_are_listed_and_read(root, tmp_path):
    place = f"{root.uri}/runs/r"
    assert root.files_below(place) == []
    assert root.read_file(f"{place}/log.txt") is None
    path = tmp_path / "log.txt"
    path.write_text("one")
    root.publish(path, f"{place}/steps/b/log.txt")
    root.publish(path, f"{place}/log.txt")
    root.publish(path, f"{root.uri}/runs/r2/log.txt")
    assert root.files_below(place) == [f"{place}/log.txt", f"{place}/steps/b/log.txt"]
    assert root.read_file(f"{place}/log.txt") == b"one"


def test_a_large_object_travels_where_slices_are_not_to_be_had(bucket, tmp_path, monkeypatch):
    """The emulator knows no multipart upload: the object then goes in one stream. It comes back in slices."""
    monkeypatch.setattr("jupyter_kfp.step.bucket.LARGE", 1 << 20)
    monkeypatch.setattr("jupyter_kfp.step.bucket.SLICE", 1 << 20)
    root = open_root(bucket)
    mine = ObjectFolder(tmp_path / "mine")
    digest, _ = mine.write([os.urandom((5 << 20) + 3)])
    root.keep([digest], mine)
    other = ObjectFolder(tmp_path / "other")
    root.fetch([digest], other)
    assert other.check_file(digest).stat().st_size == (5 << 20) + 3


def test_a_large_object_is_sent_in_slices_where_they_are_to_be_had(bucket, tmp_path, monkeypatch):
    from google.cloud.storage import transfer_manager

    calls = []

    def upload(filename, blob, **given):
        calls.append(given)
        blob.upload_from_filename(filename)

    monkeypatch.setattr("jupyter_kfp.step.bucket.LARGE", 1 << 20)
    monkeypatch.setattr(transfer_manager, "upload_chunks_concurrently", upload)
    root = open_root(bucket)
    mine = ObjectFolder(tmp_path / "mine")
    digest, _ = mine.write([os.urandom(2 << 20)])
    root.keep([digest], mine)
    root.keep([digest], mine)
    assert len(calls) == 1
    assert calls[0]["worker_type"] == transfer_manager.THREAD
