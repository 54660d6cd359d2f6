"""A step's inputs, laid out in a folder, so that its cells can be run by hand: in JupyterLab, under a debugger.

In: the manifests of the steps before it. Out: objects, the merged manifest, a session for `load()`, and the files where
the cells expect them. Nothing is unpickled here; the kernel does that when it loads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import StateError
from .files import Workdir, lay_out
from .gather import gather, is_list, state_uris
from .manifest import Manifest, decode, encode, merge
from .objects import ObjectFolder
from .run import objects_to_load
from .session import Session
from .storage import open_root, split_object_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SESSION = "session"
OBJECTS = "objects"
WORK = "work"


def bring_inputs(
    target: Path,
    step: str,
    states: Iterable[str],
    *,
    loads: Sequence[str] | Literal["*"],
    files: str | None = None,
    depth: int = 0,
    keeps_random_state: bool = True,
    package_path: str = "",
) -> Path:
    """Lay them out below `target`; gives the folder that the step's cells are to run in.

    `states`: uris of the manifests of the steps before it, a JSON list for the items of a loop; `files`: of the
    notebook's data files. `package_path`: what the kernel puts on its module path to find this package, and `load()`
    takes away again. Raises StateError.
    """
    objects = ObjectFolder(target / OBJECTS)
    given = list(states)
    uris = [uri for text in given for uri in state_uris(text)]
    merged = merge(
        gather([_read(uri) for uri in state_uris(text)]) if is_list(text) else _read(text) for text in given
    )
    if files:
        merged["files"] = {**_read(files)["files"], **merged["files"]}
    digests = [digest for digest in dict.fromkeys(objects_to_load(merged, loads)) if not objects.has(digest)]
    if digests:
        # One run keeps all in one root.
        root, _ = split_object_uri([*uris, *([files] if files else [])][0])
        open_root(root).fetch(digests, objects)
    session = target / SESSION
    session.mkdir(mode=0o700, parents=True, exist_ok=True)
    (session / "manifest.json").write_bytes(encode(merged))
    workdir = Workdir(target / WORK, depth)
    lay_out(workdir, merged["files"], objects)
    Session(
        step=step,
        order=1 + max((record["order"] for record in merged["steps"].values()), default=0),
        parents=(),
        loads=loads if loads == "*" else tuple(loads),
        saves=(),
        metrics=(),
        definitions=(),
        keeps_random_state=keeps_random_state,
        state=str(session / "manifest.json"),
        objects=str(objects.path),
        root=str(workdir.root),
        depth=depth,
        package_path=package_path,
        replaced={},
    ).write(session)
    return workdir.folder


def _read(uri: str) -> Manifest:
    root, digest = split_object_uri(uri)
    try:
        return decode(open_root(root).read(digest))
    except ValueError as error:
        raise StateError(f"{uri} is no state of a step: {error}") from error
