"""What a set of packages needs, and what that needs in turn, at installed versions, for the step's container.

In come root packages with extras, out goes a `Closure`. Markers are evaluated for Linux and the kernel's
Python, whatever machine this is. Packages that the kernel's environment lacks are taken from a second one: ours, for
what runs a step.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from .environment import Distribution, Environment, Package

Roots: TypeAlias = frozenset[tuple[Package, str]]
"""Packages, each with "" and with every extra that is asked for."""


@dataclass(frozen=True)
class Clash:
    """`package` needs `requirement`, and `found` is what there is: a version, or a Python version."""

    package: Package
    requirement: str
    found: str


@dataclass(frozen=True)
class Closure:
    """The packages that a set of roots needs, the roots included."""

    distributions: Mapping[Package, Distribution]
    needed_by: Mapping[Package, tuple[Package, ...]]
    missing: Mapping[
        Package, str
    ]  # packages installed nowhere → the versions that are asked for, such as `>=2,<3`
    clashes: tuple[Clash, ...]  # between the two environments: each for itself is taken as it is


def closer(environment: Environment, fallback: Environment) -> Callable[[Roots], Closure]:
    """A function that gives the closure of some roots. It works out each package, and each set of roots, once."""
    surroundings = _marker_values(environment)

    def find(package: Package) -> Distribution | None:
        return environment.distributions.get(package) or fallback.distributions.get(package)

    @functools.cache
    def requirements(package: Package) -> tuple[Requirement, ...]:
        distribution = find(package)
        return tuple(_parsed(distribution)) if distribution else ()

    @functools.cache
    def needs(package: Package, extra: str) -> tuple[Requirement, ...]:
        values = surroundings | {"extra": extra}
        return tuple(r for r in requirements(package) if r.marker is None or r.marker.evaluate(values))

    @functools.cache
    def close(roots: Roots) -> Closure:
        waiting = sorted(roots)
        seen = set(waiting)
        needed_by: dict[Package, set[Package]] = {package: set() for package, _ in waiting}
        missing = {package: "" for package, _ in waiting if find(package) is None}
        clashes = set()
        while waiting:
            package, extra = waiting.pop()
            for requirement in needs(package, extra):
                needed = Package(canonicalize_name(requirement.name))
                if needed != package:
                    needed_by.setdefault(needed, set()).add(package)
                distribution = find(needed)
                if distribution is None:
                    missing[needed] = str(SpecifierSet(missing.get(needed, "")) & requirement.specifier)
                elif package not in environment.distributions and not _fits(requirement, distribution):
                    clashes.add(Clash(package, f"{needed}{requirement.specifier}", distribution.version))
                for wanted in ("", *requirement.extras):
                    if (needed, wanted) not in seen:
                        seen.add((needed, wanted))
                        waiting.append((needed, wanted))
        found = {package: find(package) for package in needed_by}
        distributions = {package: found[package] for package in sorted(found)}
        present = {package: each for package, each in distributions.items() if each is not None}
        clashes.update(_wrong_python(present, environment))
        return Closure(
            distributions=present,
            needed_by={package: tuple(sorted(needed_by[package])) for package in sorted(needed_by)},
            missing=dict(sorted(missing.items())),
            clashes=tuple(sorted(clashes, key=lambda clash: (clash.package, clash.requirement))),
        )

    return close


def _marker_values(environment: Environment) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": environment.python,
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": environment.python,
        "python_version": environment.minor,
        "sys_platform": "linux",
    }


def _parsed(distribution: Distribution) -> list[Requirement]:
    parsed = []
    for text in distribution.requires:
        try:
            parsed.append(Requirement(text))
        except InvalidRequirement:
            continue  # of an old format: pip leaves it out, too
    return parsed


def _fits(requirement: Requirement, distribution: Distribution) -> bool:
    try:
        return requirement.specifier.contains(distribution.version, prereleases=True)
    except InvalidVersion:
        return True


def _wrong_python(present: Mapping[Package, Distribution], environment: Environment) -> list[Clash]:
    """Packages of the second environment that do not run on the kernel's Python."""
    clashes = []
    for package, distribution in present.items():
        asked = distribution.requires_python
        if asked and package not in environment.distributions:
            try:
                fits = SpecifierSet(asked).contains(environment.python, prereleases=True)
            except InvalidSpecifier:
                continue
            if not fits:
                clashes.append(Clash(package, f"Python {asked}", environment.python))
    return clashes
