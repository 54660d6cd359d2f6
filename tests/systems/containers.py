"""Podman for the tests, on a Debian machine where we are root: in a folder of its own, nothing else is touched.

No registry of images is needed: a stand-in for Python's slim image is made from Debian's packages and from the Python
that runs this. The machine's pip configuration and certificates are read when that happens and go into the stand-in
only, so that a plain `RUN pip install` works there as it does here.

    python tests/systems/containers.py      # brings it up, prints the variables that select it
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("podman", "buildah", "runc", "debootstrap")
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
BASE = f"docker.io/library/python:{MINOR}-slim-bookworm"
LIBRARIES = (
    "ca-certificates,netbase,tzdata,libssl3,libffi8,libsqlite3-0,zlib1g,libbz2-1.0,liblzma5,libreadline8,"
    "libncursesw6,libuuid1,libexpat1,libgdbm6,libnsl2,libdb5.3"
)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
SECONDS = 600


class NoContainersError(Exception):
    """Containers cannot be had on this machine; the text says why."""


@dataclass(frozen=True)
class Containers:
    """Podman, ready. `variables` select its folder; `base` is the image that stands for Python's."""

    folder: Path
    variables: Mapping[str, str]
    base: str = BASE


def default_folder() -> Path:
    """Where it is kept from one run of the tests to the next."""
    chosen = os.environ.get("JUPYTER_KFP_TEST_SYSTEMS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen) if chosen else cache / "jupyter-kfp-test-systems"


def containers_up(folder: Path | None = None) -> Containers:
    """Bring Podman up, or find it up. Raises NoContainersError where that is not possible here."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if lacking:
        raise NoContainersError(
            f"{', '.join(lacking)} not installed: `make system-packages` as root on Debian does it"
        )
    if os.geteuid() != 0:
        raise NoContainersError("the stand-in for Python's image can only be made as root")
    folder = (folder or default_folder()) / "containers"
    folder.mkdir(parents=True, exist_ok=True)
    containers = Containers(folder, _configure(folder))
    with _alone(folder):
        fingerprint = _fingerprint()
        if not _has_base(containers, fingerprint):
            _make_base(containers, fingerprint)
    return containers


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _configure(folder: Path) -> dict[str, str]:
    # Podman's clean-up refuses a runroot of more than 50 characters.
    running = f"/run/jupyter-kfp-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
    mounts = ", ".join(f'"{path}:{path}:ro"' for path in _pip_folders())
    texts = {
        "storage.conf": f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/graph"\nrunroot = "{running}"\n',
        "registries.conf": 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n',
        # runc, cgroupfs, low limits: what works without systemd, and within a container too.
        "containers.conf": (
            '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\nnetns = "host"\n'
            f"volumes = [{mounts}]\n"
            f'[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
            f'tmp_dir = "{running}/libpod"\n'
            '[network]\nnetwork_backend = "netavark"\n'
        ),
        "policy.json": '{"default": [{"type": "insecureAcceptAnything"}]}\n',
    }
    for name, text in texts.items():
        beside = folder / f".{name}.{os.getpid()}"
        beside.write_text(text)
        beside.replace(folder / name)
    return {
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf"),
    }


def _fingerprint() -> str:
    """Changes with whatever the stand-in is made of."""
    facts = [Path(__file__).read_text(), sys.version, str(_pip_settings())]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


def _has_base(containers: Containers, fingerprint: str) -> bool:
    form = '{{index .Labels "fingerprint"}}'
    found = _podman(containers, "image", "inspect", "--format", form, BASE, check=False)
    return found.returncode == 0 and found.stdout.strip() == fingerprint


def _podman(containers: Containers, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **containers.variables}
    return subprocess.run(
        ["podman", *arguments], env=environment, check=check, capture_output=True, text=True, timeout=SECONDS
    )


def _make_base(containers: Containers, fingerprint: str) -> None:
    """A small Debian with this Python in /usr/local, as Python's own slim image has it."""
    root = containers.folder / "rootfs"
    shutil.rmtree(root, ignore_errors=True)
    try:
        _debian(root, containers.folder / "debootstrap.log")
        _python(root)
        _machine(root)
        for waste in (
            "var/cache/apt",
            "var/lib/apt/lists",
            "usr/share/doc",
            "usr/share/man",
            "usr/share/locale",
        ):
            shutil.rmtree(root / waste, ignore_errors=True)
        archive = containers.folder / "rootfs.tar"
        subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True, timeout=SECONDS)
        changes = (
            "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
            "ENV LANG=C.UTF-8",
            f"ENV PYTHON_VERSION={sys.version.split()[0]}",
            f"LABEL fingerprint={fingerprint}",
            'CMD ["python3"]',
        )
        options = [word for change in changes for word in ("--change", change)]
        _podman(containers, "import", "--quiet", *options, str(archive), BASE)
        archive.unlink()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _debian(root: Path, log: Path) -> None:
    release = dict(re.findall(r"^(\w+)=\"?([^\"\n]*)", Path("/etc/os-release").read_text(), re.MULTILINE))
    if release.get("ID") != "debian":
        raise NoContainersError(f"this is {release.get('ID')}, not Debian")
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={LIBRARIES}",
        release["VERSION_CODENAME"],
        str(root),
    ]
    with log.open("w") as output:
        subprocess.run([*command, _mirror()], check=True, stdout=output, stderr=output, timeout=SECONDS)


def _mirror() -> str:
    """Where this machine gets its own packages from."""
    for file in (*Path("/etc/apt/sources.list.d").glob("*.sources"), Path("/etc/apt/sources.list")):
        if file.is_file() and (
            found := re.search(r"^(?:URIs: *|deb (?:\[.*\] )?)(\S+)", file.read_text(), re.MULTILINE)
        ):
            return found[1]
    raise NoContainersError("apt has no source of packages")


def _python(root: Path) -> None:
    standard = Path(sysconfig.get_path("stdlib"))
    local = root / "usr/local"
    (local / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2(Path(sys.executable).resolve(), local / f"bin/python{MINOR}")
    for name in ("python3", "python"):
        (local / "bin" / name).symlink_to(f"python{MINOR}")
    for library in Path(sysconfig.get_config_var("LIBDIR") or "/nonexistent").glob(f"libpython{MINOR}*.so*"):
        shutil.copy2(library, local / "lib", follow_symlinks=False)
    unwanted = shutil.ignore_patterns(
        "site-packages", "dist-packages", "test", "idlelib", "*.a", "EXTERNALLY-MANAGED"
    )
    shutil.copytree(standard, local / f"lib/python{MINOR}", symlinks=True, ignore=unwanted)
    import pip

    packages = local / f"lib/python{MINOR}/site-packages"
    for found in (Path(pip.__file__).parent, *Path(pip.__file__).parent.parent.glob("pip-*.dist-info")):
        shutil.copytree(found, packages / found.name, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (["ldconfig"], ["python", "-m", "pip", "--version"]):
        subprocess.run(["chroot", str(root), *command], check=True, capture_output=True, timeout=SECONDS)


def _machine(root: Path) -> None:
    if CERTIFICATES.is_file():
        shutil.copyfile(CERTIFICATES, root / str(CERTIFICATES).lstrip("/"))
    for path in _pip_files():
        (root / str(path).lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, root / str(path).lstrip("/"))
    settings = _pip_settings()
    if CERTIFICATES.is_file():  # pip of before 24.2 brings certificates of its own, and trusts no others
        settings["cert"] = str(CERTIFICATES)
    lines = [f"{key} = {value}" for key, value in settings.items()]
    (root / "etc/pip.conf").write_text("\n".join(["[global]", *lines, ""]))


def _pip_settings() -> dict[str, str]:
    """pip's configuration here, from whatever file or variable it comes."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout
    found = re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    return {
        key: value.replace(r"\n", " ") for key, value in found if key not in ("cert", "require-virtualenv")
    }


def _pip_paths() -> list[Path]:
    """Files and folders of this machine that pip's configuration names."""
    paths = []
    for key, value in _pip_settings().items():
        for word in value.split():
            path = Path(word.removeprefix("file://"))
            # The pages of an index in a folder link to files beside that folder.
            path = path.parent if key.endswith("index-url") and len(path.parts) > 2 else path
            if path.is_absolute() and path.exists():
                paths.append(path)
    return list(dict.fromkeys(paths))


def _pip_files() -> list[Path]:
    return [path for path in _pip_paths() if path.is_file()]


def _pip_folders() -> list[Path]:
    return [path for path in _pip_paths() if path.is_dir()]


if __name__ == "__main__":
    for name, value in containers_up().variables.items():
        print(f"export {name}={value}")
