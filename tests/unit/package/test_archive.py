"""Archives that are torn, too large or unsafe are refused, and nothing is written."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from jupyter_kfp.package import PackageError, archive, clean_package

from .test_clean import FIXTURES, OLD, tar, tarinfo


def refused(path, content, match):
    path.write_bytes(content)
    with pytest.raises(PackageError, match=match) as caught:
        clean_package(path)
    assert caught.value.where == str(path)
    assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def zipped(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["../p.yaml", "/etc/p.yaml", "a/../../p.yaml", "..\\p.yaml", "C:\\p.yaml"])
def test_members_that_point_out_of_the_archive(tmp_path, name):
    data = OLD.read_bytes()
    refused(
        tmp_path / "p.tar.gz", tar([(tarinfo("pipeline.yaml"), data), (tarinfo(name), b"x")]), "points out"
    )
    (tmp_path / "p.tar.gz").unlink()
    refused(tmp_path / "p.zip", zipped([("pipeline.yaml", data), (name, "x")]), "points out")


def test_links_that_point_out_of_the_archive(tmp_path):
    link = tarinfo("a", type=tarfile.SYMTYPE, linkname="../../etc/passwd")
    refused(
        tmp_path / "p.tar.gz", tar([(tarinfo("pipeline.yaml"), OLD.read_bytes()), (link, b"")]), "points out"
    )


def test_a_link_in_a_zip(tmp_path):
    link = zipfile.ZipInfo("a")
    link.external_attr, link.create_system = 0o120777 << 16, 3
    refused(tmp_path / "p.zip", zipped([("pipeline.yaml", OLD.read_bytes()), (link, "/etc/passwd")]), "link")


def test_devices(tmp_path):
    device = tarinfo("a", type=tarfile.CHRTYPE)
    refused(
        tmp_path / "p.tar.gz", tar([(tarinfo("pipeline.yaml"), OLD.read_bytes()), (device, b"")]), "device"
    )


@pytest.mark.parametrize(
    "names", [["pipeline.yaml", "old/pipeline.yaml"], ["a.yaml", "b.yml"], ["pipeline.yaml", "pipeline.yml"]]
)
def test_two_pipelines(tmp_path, names):
    data = OLD.read_bytes()
    refused(tmp_path / "p.tar.gz", tar([(tarinfo(name), data) for name in names]), "more than one pipeline")
    (tmp_path / "p.tar.gz").unlink()
    refused(tmp_path / "p.zip", zipped([(name, data) for name in names]), "more than one pipeline")


def test_one_name_twice(tmp_path):
    data = OLD.read_bytes()
    refused(tmp_path / "p.tar.gz", tar([(tarinfo("pipeline.yaml"), data)] * 2), "twice")
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zipped([("pipeline.yaml", data)] * 2)
    (tmp_path / "p.tar.gz").unlink()
    refused(tmp_path / "p.zip", content, "twice")


def test_pipeline_yaml_is_chosen_among_other_yaml(tmp_path):
    path = tmp_path / "p.tar.gz"
    path.write_bytes(tar([(tarinfo("values.yaml"), b"a: 1"), (tarinfo("pipeline.yaml"), OLD.read_bytes())]))
    assert clean_package(path).changed
    with tarfile.open(path) as opened:
        assert opened.extractfile("values.yaml").read() == b"a: 1"


def test_no_pipeline(tmp_path):
    refused(tmp_path / "p.tar.gz", tar([(tarinfo("a.txt"), b"x")]), "no pipeline.yaml")
    (tmp_path / "p.tar.gz").unlink()
    refused(tmp_path / "p.zip", zipped([]), "no pipeline.yaml")


def test_a_gzip_bomb(tmp_path):
    size = archive.LARGEST_UNPACKED + 2**20
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    refused(tmp_path / "p.tar.gz", packed.getvalue(), "unfolds")


def test_a_zip_bomb(tmp_path):
    refused(tmp_path / "p.zip", zipped([(f"{n}.bin", bytes(2**25)) for n in range(3)]), "unfolds")


def test_many_members(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_MEMBERS", 5)
    refused(tmp_path / "p.tar.gz", tar([(tarinfo(str(n)), b"") for n in range(6)]), "unfolds")
    (tmp_path / "p.tar.gz").unlink()
    refused(tmp_path / "p.zip", zipped([(str(n), b"") for n in range(6)]), "unfolds")


def test_fifty_megabytes(tmp_path):
    path = tmp_path / "p.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 10**6)
    with pytest.raises(PackageError, match="32 MiB"):
        clean_package(path)


def test_fifty_megabytes_inside(tmp_path):
    data = b"#" * (50 * 10**6)
    refused(tmp_path / "p.tar.gz", tar([(tarinfo("pipeline.yaml"), data)]), "32 MiB")


@pytest.mark.parametrize("name", ["iris-kfp0.1.19.tar.gz", "iris-kfp0.1.19.zip"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.99])
def test_torn_archives(tmp_path, name, part):
    content = (FIXTURES / name).read_bytes()
    refused(tmp_path / name, content[: int(len(content) * part)], "torn")


@pytest.mark.parametrize("name", ["iris-kfp0.1.19.tar.gz", "iris-kfp0.1.19.zip"])
def test_an_archive_with_a_flipped_byte_is_never_taken_for_sound(tmp_path, name):
    content = bytearray((FIXTURES / name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    refused(tmp_path / name, bytes(content), "torn|YAML|UTF-8")


@pytest.mark.parametrize("name", ["p.tar.gz", "p.zip"])
def test_something_else_under_an_archives_name(tmp_path, name):
    refused(tmp_path / name, b"hello", "torn")


def test_a_gzip_that_is_no_tar(tmp_path):
    refused(tmp_path / "p.tar.gz", gzip.compress(OLD.read_bytes()), "torn")


def test_a_locked_zip(tmp_path):
    content = bytearray((FIXTURES / "iris-kfp0.1.19.zip").read_bytes())
    content[6] |= 1
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    refused(tmp_path / "p.zip", bytes(content), "password|encrypted")


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir])
def test_no_file(tmp_path, make):
    make(tmp_path / "p.yaml")
    with pytest.raises(PackageError, match="no such file"):
        clean_package(tmp_path / "p.yaml")
