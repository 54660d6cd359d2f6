"""What is installed, told from folders laid out as pip, setuptools and conda lay them out."""

import json
import subprocess
import sys

import pytest

from jupyter_kfp.project import inventory


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty site-packages that is all of this interpreter's path."""
    folder = tmp_path / "lib" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(folder)])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return folder


@pytest.fixture
def install(site):
    """Lay a distribution out: its files, and its metadata beside."""

    def install(name, *files, requires=(), version="1.0", record=True, **more):
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {each}" for each in requires]
        (info / "METADATA").write_text(
            "\n".join(lines) + "\n\nName: not-this\nA long description: of things.\n"
        )
        for file in files:
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            (site / file).touch()
        if record:
            (info / "RECORD").write_text("".join(f"{file},sha256=x,0\n" for file in files))
        for file, text in more.items():
            (info / file.replace("_json", ".json").replace("_txt", ".txt")).write_text(text)

    return install


def owners():
    return inventory.take_inventory()["owners"]


def test_a_module_belongs_to_its_distribution_whatever_it_is_called(install):
    install("opencv-python", "cv2/__init__.py", "cv2/data/__init__.py")
    install("PyYAML", "yaml/__init__.py", "_yaml.cpython-311-x86_64-linux-gnu.so")
    install("six", "six.py", "__pycache__/six.cpython-311.pyc", "../../bin/six.py")
    assert owners() == {"cv2": ["opencv-python"], "yaml": ["pyyaml"], "_yaml": ["pyyaml"], "six": ["six"]}


def test_packages_that_share_a_namespace_are_told_apart(install):
    install("google-cloud-storage", "google/cloud/storage/__init__.py", "google/cloud/storage/blob.py")
    install("google-cloud-bigquery", "google/cloud/bigquery/__init__.py")
    install("google-auth", "google/auth/__init__.py")
    found = owners()
    assert found["google"] == found["google.cloud"] == []
    assert found["google.cloud.storage"] == ["google-cloud-storage"]
    assert found["google.cloud.bigquery"] == ["google-cloud-bigquery"]
    assert found["google.auth"] == ["google-auth"]
    assert "google.cloud.storage.blob" not in found


def test_a_plugin_inside_another_package_is_told_apart(install):
    install("host", "host/__init__.py", "host/core.py")
    install("host-plugin", "host/plugins/extra.py")
    found = owners()
    assert found["host"] == ["host"]
    assert found["host.plugins"] == ["host-plugin"]


def test_two_distributions_of_the_same_files_both_count(install):
    install("opencv-python", "cv2/__init__.py", "cv2/x.py")
    install("opencv-python-headless", "cv2/__init__.py", "cv2/x.py")
    assert owners()["cv2"] == ["opencv-python", "opencv-python-headless"]


def test_metadata_comes_through(install):
    install(
        "Foo.Bar", "foo/__init__.py", requires=['x>=1; extra == "y"', "z"], version="2.0", INSTALLER="conda\n"
    )
    described = inventory.take_inventory()["distributions"]["foo-bar"]
    assert described["version"] == "2.0"
    assert described["requires"] == ['x>=1; extra == "y"', "z"]
    assert described["installer"] == "conda"


def test_the_first_on_the_path_counts(install, site, tmp_path, monkeypatch):
    install("foo", "foo.py", version="1.0")
    later = tmp_path / "later"
    (later / "foo-2.0.dist-info").mkdir(parents=True)
    (later / "foo-2.0.dist-info" / "METADATA").write_text("Name: foo\nVersion: 2.0\n")
    monkeypatch.setattr(sys, "path", [str(site), str(later)])
    assert inventory.take_inventory()["distributions"]["foo"]["version"] == "1.0"


def test_an_editable_install_by_a_path_file(install, site, tmp_path):
    (tmp_path / "src" / "helpers").mkdir(parents=True)
    (tmp_path / "src" / "helpers" / "__init__.py").touch()
    install("my-helpers", "__editable__.my_helpers-1.0.pth")
    (site / "__editable__.my_helpers-1.0.pth").write_text(f"{tmp_path / 'src'}\n")
    assert owners() == {"helpers": ["my-helpers"]}


def test_lines_of_a_path_file_that_python_runs_are_no_folders(install, site):
    """As google-cloud-aiplatform has one, longer than the name of a file may be."""
    install("aiplatform", "aiplatform-nspkg.pth", "aiplatform.py")
    (site / "aiplatform-nspkg.pth").write_text(
        f"import sys; sys.path += {['x' * 300]!r}\n# {'y' * 300}\n{'z' * 5000}\n"
    )
    assert owners() == {"aiplatform": ["aiplatform"]}


def test_an_editable_install_by_a_finder(install, site):
    install("my-helpers", "__editable___my_helpers_1_0_finder.py", "__editable__.my_helpers-1.0.pth")
    (site / "__editable__.my_helpers-1.0.pth").write_text("import __editable___my_helpers_1_0_finder\n")
    (site / "__editable___my_helpers_1_0_finder.py").write_text(
        "MAPPING: dict[str, str] = {'helpers': '/src/helpers', 'other.part': '/src/part'}\nNAMESPACES = {}\n"
    )
    assert owners() == {"helpers": ["my-helpers"], "other": ["my-helpers"]}


def test_an_editable_install_by_code_of_its_builder_is_known_by_its_name(install):
    url = json.dumps({"url": "file:///src/my-helpers", "dir_info": {"editable": True}})
    install("my-helpers", "_my_helpers_editable_loader.py", direct_url_json=url)
    assert owners() == {"my_helpers": ["my-helpers"]}


def test_an_install_without_a_record_is_known_by_its_declared_modules(install):
    install("python-apt", record=False, top_level_txt="apt\napt_pkg\nDEBIAN/..\n")
    assert owners() == {"apt": ["python-apt"], "apt_pkg": ["python-apt"]}


def test_a_package_installed_for_development_by_setuptools_of_old(tmp_path, monkeypatch):
    source = tmp_path / "src"
    (source / "old.egg-info").mkdir(parents=True)
    (source / "setup.py").touch()
    (source / "old.egg-info" / "PKG-INFO").write_text("Name: old\nVersion: 1\n")
    (source / "old.egg-info" / "requires.txt").write_text("numpy\n")
    (source / "old.egg-info" / "top_level.txt").write_text("old\n")
    monkeypatch.setattr(sys, "path", [str(source)])
    described = inventory.take_inventory()["distributions"]["old"]
    assert described["develop"] == str(source)
    assert described["requires"] == ["numpy"]


def test_modules_of_no_distribution_are_told_with_their_conda_package(install, site, tmp_path):
    install("numpy", "numpy/__init__.py")
    (site / "osgeo").mkdir()
    (site / "osgeo" / "__init__.py").touch()
    (site / "loose.py").touch()
    (site / "folder").mkdir()
    (site / "folder" / "inside.py").touch()
    (site / "data").mkdir()
    (tmp_path / "conda-meta").mkdir()
    (tmp_path / "conda-meta" / "libgdal-core-3.9.0-h1_0.json").write_text(
        json.dumps({"files": ["lib/python3.11/site-packages/osgeo/__init__.py"]})
    )
    assert inventory.take_inventory()["unowned"] == {"osgeo": "libgdal-core", "loose": "", "folder": ""}


def test_odd_installations_do_no_harm(install, site):
    install("broken", "a-b/__init__.py", "x/y z.py", "data/readme.txt")
    (site / "empty-1.dist-info").mkdir()
    (site / "crlf-1.dist-info").mkdir()
    (site / "crlf-1.dist-info" / "METADATA").write_bytes(b"Name: crlf\r\nVersion: 3\r\n\r\nText\r\n")
    found = inventory.take_inventory()
    assert found["distributions"].keys() == {"broken", "crlf"}
    assert found["distributions"]["crlf"]["version"] == "3"


def test_another_interpreter_tells_it_of_itself():
    done = subprocess.run(
        [sys.executable, inventory.__file__], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    _, mark, text = done.stdout.partition(inventory.MARK)
    assert mark
    found = json.loads(text)
    assert found["owners"]["nbformat"] == ["nbformat"]
    assert "json" in found["stdlib"]
    assert "tree" not in found["unowned"], "the folder of the script is not part of the environment"
