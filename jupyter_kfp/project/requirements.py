"""requirements.txt of every step: what its code imports, with what that needs, at the kernel environment's versions.

In come a Pipeline and the kernel's Environment, out go for each step the text and the local wheels that it names, and
findings. A step needs what it imports, and what the makers of the values that it loads import: a value is unpickled by
the packages of its types. The same environment gives the same bytes; nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from ..findings import Finding, finding
from ..notebook.cells import StepName
from ..pipeline import Pipeline, Step
from .closure import Closure, Roots, closer
from .engines import engines_used
from .environment import Distribution, Environment, OriginKind, Package, own_environment
from .import_sites import import_site
from .lineage import Lineage
from .plain import shortened

RUNTIME = tuple(map(Package, ("cloudpickle", "google-cloud-storage", "ipykernel", "nbconvert", "papermill")))
"""What jupyter_kfp_step imports; see docs/step-contract.md."""

OURS = frozenset({"__main__", "jupyter_kfp_step"})
HEADER = """\
# Python {minor}, at the versions of the notebook's kernel. Made by jupyter-kfp.
# "imported": by this step, or by the step that made a value which this one loads.

"""


@dataclass(frozen=True)
class Requirements:
    """What is installed in a step's image."""

    text: str  # of requirements.txt
    wheels: tuple[Path, ...] = ()  # local wheels that it names, as files of this machine
    complete: bool = True  # all that is needed is pinned: pip has nothing to resolve


@dataclass(frozen=True)
class _Wanted:
    """What a step needs of its own account: the roots of its closure."""

    imported: frozenset[Package] = frozenset()
    installed: Roots = frozenset()  # by `%pip install`, with extras
    unpinned: frozenset[str] = frozenset()  # requirements of `%pip install` that the kernel does not have
    refused: frozenset[str] = frozenset()  # arguments of `%pip install` that are no requirement

    def __or__(self, other: _Wanted) -> _Wanted:
        return _Wanted(
            self.imported | other.imported,
            self.installed | other.installed,
            self.unpinned | other.unpinned,
            self.refused | other.refused,
        )


@dataclass
class _Notes:
    """Findings so far, one for each code and subject."""

    found: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def add(self, note: Finding) -> None:
        self.found.setdefault((note.code, note.name or ""), note)


def pin(
    pipeline: Pipeline, lineage: Lineage, environment: Environment, own: Environment | None = None
) -> tuple[dict[StepName, Requirements], tuple[Finding, ...]]:
    """The requirements of every step, and what there is to say about them.

    `own` is the environment of this process, read where not given: what runs a step comes from there where the
    kernel's environment lacks it.
    """
    notes = _Notes()
    lacking = not all(package in environment.distributions for package in RUNTIME)
    close = closer(environment, (own or own_environment()) if lacking else environment)
    beside = _modules_beside(pipeline)
    wanted: dict[StepName, _Wanted] = {}
    rendered: dict[tuple[_Wanted, frozenset[Package]], Requirements] = {}
    pinned: dict[StepName, Requirements] = {}
    for step in pipeline.steps:
        own_wants = _wanted(pipeline, step, environment, beside, notes)
        makers = lineage.makers[step.name].values()
        givers = lineage.ancestors[step.name] if step.loads_all else frozenset(makers)
        wants = own_wants
        for giver in givers:
            wants |= wanted[giver]
        wanted[step.name] = wants
        engines = _engines(pipeline, step, close(_roots(wants)), environment)
        if (wants, engines) not in rendered:
            closure = close(_roots(wants) | {(package, "") for package in engines})
            rendered[wants, engines] = _render(wants, engines, closure, environment, step, notes)
        pinned[step.name] = rendered[wants, engines]
    _note_conda(pinned, rendered, environment, notes)
    return pinned, tuple(notes.found.values())


def _roots(wants: _Wanted) -> Roots:
    plain = {(package, "") for package in (*wants.imported, *RUNTIME)}
    return frozenset(plain) | wants.installed


def _modules_beside(pipeline: Pipeline) -> frozenset[str]:
    """Top-level names that come from files of the notebook's folder, written by cells or there already."""
    paths = [path for step in pipeline.steps for path in (*step.local_modules, *step.writes_files)]
    return frozenset(path.removeprefix("./").split("/")[0].removesuffix(".py") for path in paths)


def _wanted(
    pipeline: Pipeline, step: Step, environment: Environment, beside: frozenset[str], notes: _Notes
) -> _Wanted:
    imported: set[Package] = set()
    for module in step.imports:
        top = module.split(".")[0]
        if top in environment.standard or top in beside or top in OURS:
            continue
        packages = environment.packages_of(module)
        if environment.is_namespace(module):
            packages = _of_namespace(module, step, environment)
        if packages:
            imported.update(packages)
        else:
            notes.add(_not_found(pipeline, step, module, environment))
    installs = [_install(text, environment) for text in step.installs]
    wants = _Wanted(imported=frozenset(imported))
    for text, install in zip(step.installs, installs, strict=True):
        wants |= install
        if install.unpinned:
            notes.add(
                finding(
                    "JK454",
                    f"`%pip install {shortened(text, 80)}` asks for a package that the kernel does not have, so "
                    "its version cannot be pinned",
                    "run the cell once, or install the package in the kernel's environment, and convert again",
                    step=step.name,
                    name=text,
                )
            )
        if install.refused:
            notes.add(
                finding(
                    "JK455",
                    f"`%pip install {shortened(text, 80)}` is not the name of a package, so it cannot be written "
                    "into requirements.txt",
                    "name the package, with its version if you like, and keep options in pip's own configuration",
                    step=step.name,
                    name=text,
                )
            )
    return wants


def _of_namespace(module: str, step: Step, environment: Environment) -> tuple[Package, ...]:
    """`import google.cloud` says nothing of the package; `import google.cloud.storage` beside it does."""
    below = f"{module}."
    if any(other.startswith(below) and environment.packages_of(other) for other in step.imports):
        return environment.packages_of(next(o for o in step.imports if o.startswith(below)))
    return tuple(
        sorted(
            {p for dotted, owners in environment.owners.items() if dotted.startswith(below) for p in owners}
        )
    )


def _not_found(pipeline: Pipeline, step: Step, module: str, environment: Environment) -> Finding:
    top = module.split(".")[0]
    name = module if environment.is_namespace(top) else top
    site = import_site(pipeline, step, name)
    where = f"{site.file}, line {site.line}: " if site.file else ""
    if top in environment.unowned:
        conda = environment.unowned[top]
        source = (
            f"the conda package {conda}, which pip cannot install" if conda else "a file that no package owns"
        )
        return finding(
            "JK453",
            f"{where}module `{name}` is {source}: it will be missing in the step's container",
            "set the step's `image` to one that holds it"
            if conda
            else "put the module beside the notebook, or make it a package and install that",
            cell=site.cell,
            line=site.line,
            step=step.name,
            name=name,
        )
    expected = any(_install(text, environment).unpinned for text in step.installs)
    if site.certain and not expected:
        return finding(
            "JK450",
            f"{where}module `{name}` is not installed in the kernel's environment (Python {environment.python})",
            f"install the package that holds `{name}` in the kernel's environment, then convert again",
            cell=site.cell,
            line=site.line,
            step=step.name,
            name=name,
        )
    return finding(
        "JK451",
        f"{where}module `{name}` is not installed in the kernel's environment; the step's image will not have it",
        "nothing, if the step does without it; else install it in the kernel's environment",
        cell=site.cell,
        line=site.line,
        step=step.name,
        name=name,
    )


def _install(text: str, environment: Environment) -> _Wanted:
    """An argument of `%pip install`: the installed version counts, as it does for imports."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return _Wanted(refused=frozenset({text}))
    if requirement.url:
        return _Wanted(refused=frozenset({text}))
    package = Package(canonicalize_name(requirement.name))
    if package in environment.distributions:
        return _Wanted(installed=frozenset((package, extra) for extra in ("", *requirement.extras)))
    requirement.marker = None
    return _Wanted(unpinned=frozenset({str(requirement)}))


def _engines(
    pipeline: Pipeline, step: Step, closure: Closure, environment: Environment
) -> frozenset[Package]:
    texts = [cell.source for cell in step.cells] + [replay.source for replay in step.replays]
    for path in step.local_modules:
        file = pipeline.notebook.parent / path
        if file.suffix == ".py" and file.is_file():
            texts.append(file.read_text(encoding="utf-8", errors="replace"))
    used = engines_used(closure.distributions.keys(), "\n".join(texts), environment)
    return frozenset(used).difference(closure.distributions)


def _render(
    wants: _Wanted,
    engines: frozenset[Package],
    closure: Closure,
    environment: Environment,
    step: Step,
    notes: _Notes,
) -> Requirements:
    lines: dict[str, str] = {}
    wheels = []
    for package, distribution in closure.distributions.items():
        reasons = _reasons(package, wants, engines, closure)
        wheel = _wheel(distribution)
        if wheel is not None:
            wheels.append(wheel)
        elif distribution.origin is not None:
            notes.add(_not_from_index(distribution, step))
        lines[package] = _line(distribution, reasons, wheel)
    for package, asked in closure.missing.items():
        lines[package] = (
            f"{package}{asked}  # {_reasons(package, wants, engines, closure)}; not installed here"
        )
        notes.add(
            finding(
                "JK454",
                f"`{package}` is needed on Linux and is not installed here, so its version cannot be pinned",
                f"install `{package}` in the kernel's environment if that is possible; else pip chooses when the "
                "image is built",
                step=step.name,
                name=package,
            )
        )
    for text in sorted(wants.unpinned):
        lines.setdefault(canonicalize_name(Requirement(text).name), f"{text}  # asked for by %pip install")
    for clash in closure.clashes:
        notes.add(
            finding(
                "JK456",
                f"what runs a step does not fit the kernel's environment: `{clash.package}` needs "
                f"{clash.requirement}, and there is {clash.found}",
                f"install {', '.join(RUNTIME)} in the kernel's environment, so that versions are chosen together",
                step=step.name,
                name=f"{clash.package} {clash.requirement}",
            )
        )
    text = HEADER.format(minor=environment.minor) + "".join(f"{lines[key]}\n" for key in sorted(lines))
    return Requirements(text, tuple(wheels), complete=not closure.missing and not wants.unpinned)


def _reasons(package: Package, wants: _Wanted, engines: frozenset[Package], closure: Closure) -> str:
    reasons = []
    if package in wants.imported:
        reasons.append("imported")
    if (package, "") in wants.installed:
        reasons.append("asked for by %pip install")
    if package in engines:
        reasons.append("used where installed")
    if package in RUNTIME:
        reasons.append("runs the step")
    needed_by = closure.needed_by.get(package, ())
    if needed_by:
        reasons.append(f"needed by {_some(needed_by)}")
    return "; ".join(reasons)


def _some(packages: tuple[Package, ...]) -> str:
    shown = ", ".join(packages[:3])
    return shown if len(packages) <= 3 else f"{shown} and {len(packages) - 3} more"


def _line(distribution: Distribution, reasons: str, wheel: Path | None) -> str:
    if wheel is not None:
        return f"./wheels/{wheel.name}  # {reasons}; installed from a local file"
    version = shortened(distribution.version, 60)
    if distribution.origin is not None:
        return f"# {distribution.name} {version} is not here, it was {_came(distribution)}  # {reasons}"
    try:
        parsed = Version(version)
    except InvalidVersion:
        # Such a version cannot be asked for exactly.
        return f"# {distribution.name}: its version cannot be pinned  # {reasons}"
    local = f"; installed as {version}" if parsed.local else ""
    # The label of a build (`+cpu`) is not on the index; pip takes any build of the public version.
    return f"{distribution.name}=={parsed.public}  # {reasons}{local}"


def _came(distribution: Distribution) -> str:
    assert distribution.origin is not None
    kind = distribution.origin.kind
    return "an editable install" if kind is OriginKind.EDITABLE else kind.value


def _wheel(distribution: Distribution) -> Path | None:
    """The local wheel that the distribution was installed from, where it is still there and runs on Linux."""
    origin = distribution.origin
    if origin is None or origin.kind is not OriginKind.WHEEL or origin.file is None:
        return None
    try:
        name, version, _, tags = parse_wheel_filename(origin.file.name)
    except InvalidWheelFilename:
        return None
    plain = re.fullmatch(r"[A-Za-z0-9_.+!-]+", origin.file.name) is not None
    same = str(name) == distribution.name and str(version) == str(_version(distribution))
    runs = any(tag.platform == "any" or "linux" in tag.platform for tag in tags)
    return origin.file if plain and same and runs and origin.file.is_file() else None


def _version(distribution: Distribution) -> Version | None:
    try:
        return Version(distribution.version)
    except InvalidVersion:
        return None


def _not_from_index(distribution: Distribution, step: Step) -> Finding:
    assert distribution.origin is not None
    return finding(
        "JK452",
        f"`{distribution.name}` {shortened(distribution.version, 60)} was {_came(distribution)} "
        f"({shortened(distribution.origin.address, 200)}); a package of that name on an index may be another, so "
        "it is left out of the step's image",
        "build a wheel (`pip wheel --no-deps FOLDER_OR_ADDRESS`) and install that file in the kernel's "
        "environment: it is then shipped with the step",
        step=step.name,
        name=distribution.name,
    )


def _note_conda(
    pinned: Mapping[StepName, Requirements],
    rendered: Mapping[tuple[_Wanted, frozenset[Package]], Requirements],
    environment: Environment,
    notes: _Notes,
) -> None:
    conda = {d.name for d in environment.distributions.values() if d.conda}
    text = "\n".join(requirements.text for requirements in rendered.values())
    named = sorted(name for name in conda if f"\n{name}==" in text)
    if named and pinned:
        notes.add(
            finding(
                "JK459",
                f"conda installed {len(named)} of the packages ({_some(tuple(named))}); images get them from pip's "
                "index, at the same versions",
                "nothing, if the index has these versions; else set `image` to one that holds them",
                name="conda",
            )
        )
