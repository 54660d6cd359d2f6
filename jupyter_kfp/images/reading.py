"""What a builder prints, read: at which instruction it is, and what went wrong, in a line for a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# podman and buildah: `STEP 7/12: RUN …`; docker's old builder: `Step 7/12 : RUN …`; BuildKit: `#9 [4/7] RUN …`.
_AT = (
    re.compile(r"STEP (?P<number>\d+)/(?P<total>\d+): (?P<instruction>.+)"),
    re.compile(r"Step (?P<number>\d+)/(?P<total>\d+) : (?P<instruction>.+)"),
    re.compile(r"#\d+ \[(?:\S+ )?(?P<number>\d+)/(?P<total>\d+)\] (?P<instruction>.+)"),
)


@dataclass(frozen=True)
class At:
    """An instruction that the builder has come to."""

    number: int  # from 1
    total: int
    instruction: str


@dataclass(frozen=True)
class Cause:
    """Why a build or a push failed."""

    message: str
    fix: str


def read_line(line: str) -> At | None:
    """The instruction that the line announces; None for every other line."""
    for pattern in _AT:
        if found := pattern.match(line):
            return At(int(found["number"]), int(found["total"]), found["instruction"].strip())
    return None


def dockerfile_line(dockerfile: str, instruction: str) -> int | None:
    """The line of the Dockerfile, from 1, that the instruction begins at."""
    words = instruction.split()
    for number, line in enumerate(dockerfile.splitlines(), start=1):
        start = line.removesuffix("\\").split()
        if start and not line.startswith("#") and words[: len(start)] == start:
            return number
    return None


@dataclass(frozen=True)
class _Sign:
    """What a builder prints when something is wrong. Groups of the pattern may be named in message and fix."""

    pattern: str
    message: str
    fix: str


RESUMES = "the next build goes on from what is there"
_SIGNS = (
    _Sign(
        r"(?i)no space left on device|disk quota exceeded|ENOSPC",
        "the disk is full",
        f"free some room, such as by `{{builder}} system prune`; {RESUMES}",
    ),
    _Sign(
        r"ResolutionImpossible|No matching distribution found for (?P<package>[^\s(]+)",
        "package {package} is not on the index for this platform and Python",
        "take another version, name an index that has it (PIP_INDEX_URL), or set an `image` that holds it",
    ),
    _Sign(
        r"(?i)THESE PACKAGES DO NOT MATCH THE HASHES",
        "a package is not what its hash says",
        "find out why the index gives other files; then `jupyter kfp lock --hashes`",
    ),
    _Sign(
        r"(?i)(?:error: )?(?:failed to build|failed building wheel for|subprocess-exited-with-error)[^\n]*",
        "a package has no wheel for this platform and could not be compiled",
        "take a version that has a wheel, or set an `image` that holds the package",
    ),
    _Sign(
        r"(?i)manifest unknown|image not known|manifest for \S+ not found|pull access denied"
        r"|repository does not exist|name unknown|initializing source docker://|failed to resolve source metadata"
        r"|creating build container",
        "the base image {base} is not there and cannot be fetched",
        "check its name in the step's `image` setting, sign in to its registry, or load it on this machine",
    ),
    _Sign(
        r"(?i)unauthorized|authentication required|denied: |permission denied.*(?:registry|artifact)|access forbidden",
        "the registry asks for a sign-in",
        "sign in the registry's own way, such as `gcloud auth configure-docker HOST` or `{builder} login HOST`",
    ),
    _Sign(
        r"(?i)exit (?:code|status):? 137|signal: killed|out of memory|cannot allocate memory",
        "the system ended the build, most likely because memory ran out",
        f"build fewer images side by side (--jobs 1), or give the builder more memory; {RESUMES}",
    ),
    _Sign(
        r"(?i)cannot connect to the docker daemon|connection refused.*\.sock|is the docker daemon running",
        "{builder} no longer answers",
        f"start it again; {RESUMES}",
    ),
    _Sign(
        r"(?i)temporary failure in name resolution|name or service not known|no such host|network is unreachable"
        r"|connection refused|connection timed out|i/o timeout|failed to establish a new connection",
        "the network does not reach what the build needs",
        f"check the network, proxies and the index (PIP_INDEX_URL); {RESUMES}",
    ),
)
# pip says both when the index cannot be reached: that no distribution matches, and why.
_UNREACHED = re.compile(
    r"(?i)failed to establish a new connection|temporary failure in name resolution|max retries|SSLError"
)


def read_cause(lines: Sequence[str], *, builder: str, base: str) -> Cause | None:
    """Why the build failed, from the last lines that the builder printed; None where they say nothing known."""
    text = "\n".join(lines)
    for sign in _SIGNS:
        found = re.search(sign.pattern, text)
        if found is None:
            continue
        if "package" in found.groupdict() and _UNREACHED.search(text):
            continue
        about = {"builder": builder, "base": base, "package": "", **found.groupdict("of the requirements")}
        return Cause(sign.message.format_map(about), sign.fix.format_map(about))
    return None


def telling(lines: Iterable[str], count: int) -> list[str]:
    """The last lines, without those that say nothing."""
    return [line for line in lines if line.strip() and not line.startswith(("--->", "-->"))][-count:]
