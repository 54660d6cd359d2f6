"""`run_step`: all that happens around the notebook of one step.

In: a step folder and main.py's flags. Out: state, executed notebook, report, metrics and log in the run's folder,
and the exit status. This side never unpickles anything; the kernel does.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from .definitions import Definition
from .errors import ConflictError, SetupError, StateError, StepError
from .files import Workdir, lay_out
from .gather import gather, is_list, state_uris
from .kubeflow import ExecutorInput, plain
from .manifest import Digest, Manifest, conflicts, decode, encode, merge, objects_behind, referring_to, wanted
from .objects import ObjectFolder
from .report import OURS, Failure, failure_of_cell, failure_of_error, html_writer
from .results import Stored, file_of, read_stored
from .session import RESULTS, VARIABLE, Result, Session
from .storage import FolderRoot, Root, Uri, object_uri, open_root, split_object_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .execute import Executed

T = TypeVar("T")
FAILED = 1
WRONG_FLAGS = 2


class Stopped(KeyboardInterrupt):
    """A signal asked this process to end. A KeyboardInterrupt, so that no event loop swallows it."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@dataclass(frozen=True)
class _Places:
    """Where one run of a step finds and leaves things."""

    step_folder: Path
    scratch: Path
    workdir: Workdir
    root: Root
    step_uri: str  # <root>/runs/<run>/steps/<step>
    objects: ObjectFolder


def run_step(
    folder: str | Path,
    *,
    bucket: str,
    run: str | None,
    parameters: Mapping[str, Any],
    states: Mapping[str, str],
    files: str | None = None,
    executor_input: str | None = None,
    state_path: str | Path | None = None,
    metrics_path: str | Path | None = None,
    html_path: str | Path | None = None,
    metric_paths: Mapping[str, str | Path | None] = MappingProxyType({}),
    result_paths: Mapping[str, str | Path | None] = MappingProxyType({}),
    run_folder: str | None = None,
    item: Mapping[str, Any] | None = None,
    kernel: str | None = None,
    workdir: str | Path | None = None,
) -> int:
    """Run one step; give the exit status: 0, 1 (a cell failed or state could not be kept), 2 (wrong flags),
    130 or 143 (stopped by a signal). Says on stderr what went wrong; raises nothing for a mistake of the user's.
    """
    step_folder = Path(folder).absolute()
    try:
        step = json.loads((step_folder / "step.json").read_text())
        missing = [parent for parent in step["parents"] if parent not in states]
        if missing:
            raise SetupError(f"no state given for step {missing[0]!r}", fix=f"give --{missing[0]}-state=URI")
        asked = ExecutorInput.parse(executor_input) if executor_input else None
        run = run or (asked.run_name() if asked else None)
        if not (run or run_folder):
            raise SetupError("nothing says what the run is called", fix="give --run=NAME")
        parameters, place = _of_item(item, parameters)
        with _stoppable(), tempfile.TemporaryDirectory(prefix="jkfp-") as scratch_name:
            scratch = Path(scratch_name).resolve()
            root = open_root(bucket)
            places = _Places(
                step_folder,
                scratch,
                Workdir(Path(workdir).absolute() if workdir else scratch / "work", step["folder_depth"]),
                root,
                f"{(run_folder or f'{root.uri}/runs/{run}{place}').rstrip('/')}/steps/{step['step']}",
                root.objects_near(scratch),
            )
            outcome = _Outcome(places, step)
            try:
                outcome.run(parameters, states, files, kernel)
            except Stopped as stopped:
                outcome.status = 128 + stopped.number
            outcome.publish(state_path, metrics_path, html_path)
            outcome.hand_over_results(result_paths)
            outcome.tell_kubeflow(asked, metric_paths)
            return outcome.status
    except Stopped as stopped:
        return 128 + stopped.number
    except StepError as error:
        print(f"jupyter-kfp: {error}", file=sys.stderr)
        return WRONG_FLAGS if isinstance(error, SetupError) else FAILED
    except OSError as error:
        print(f"jupyter-kfp: {error}", file=sys.stderr)
        return FAILED


def _of_item(item: Mapping[str, Any] | None, parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The parameters as the item of a loop sets them, and its folder below the run's."""
    if item is None:
        return parameters, ""
    try:
        number = int(item["item"])
        # Kubeflow hands whole numbers on without their point, and integers as it likes.
        own = {
            name: type(parameters[name])(value) if type(parameters[name]) in (int, float) else value
            for name, value in item["parameters"].items()
            if name in parameters
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SetupError(
            "--item is not what a loop gives", fix='give {"item": 0, "parameters": {…}}'
        ) from error
    return {**parameters, **own}, f"/items/{number}"


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into `Stopped`, once."""

    def stop(number: int, _: Any) -> None:  # noqa: ANN401
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class _Tee:
    """A stream that is copied into the log."""

    def __init__(self, stream: TextIO, log: TextIO) -> None:
        self._targets = (stream, log)

    def write(self, text: str) -> int:
        for target in self._targets:
            with contextlib.suppress(UnicodeEncodeError, BrokenPipeError):
                target.write(text)
        return len(text)

    def flush(self) -> None:
        for target in self._targets:
            with contextlib.suppress(BrokenPipeError):
                target.flush()


class _Outcome:
    """One run of one step, and what there is to publish of it so far."""

    def __init__(self, places: _Places, step: dict[str, Any]) -> None:
        self.places = places
        self.step = step
        self.status = FAILED
        self.failure: Failure | None = None
        self.notebook: Any = None
        self.to_html: Future[Callable[[Any], str]] = Future()
        self.state: Uri | None = None
        self.manifest: bytes = b""
        self.metrics: dict[str, Any] = {}
        self.results: dict[str, Stored] = {}
        self.classification: dict[str, dict[str, Any]] = {}
        self.out = places.scratch / "out"
        self.out.mkdir()
        self.log_path = self.out / "log.txt"
        if isinstance(places.root, FolderRoot):  # so that it can be read while the step runs
            self.log_path = Path(places.step_uri) / "log.txt"
            self.log_path.parent.mkdir(parents=True, exist_ok=True)
            for old in ("error.json", "state.json", "metrics.json", "results.json", "classification.json"):
                (self.log_path.parent / old).unlink(missing_ok=True)

    def run(
        self, parameters: Mapping[str, Any], states: Mapping[str, str], files: str | None, kernel: str | None
    ) -> None:
        name = self.step["step"]
        with self.log_path.open("w", encoding="utf-8") as log:
            stderr = _Tee(sys.stderr, log)
            try:
                merged = self.take(states, files)
                executed = self.execute(merged, parameters, kernel, _Tee(sys.stdout, log), stderr)
                self.judge(executed, merged)
            except StepError as error:
                self.failure = failure_of_error(name, error)
                self.status = WRONG_FLAGS if isinstance(error, SetupError) else FAILED
            except Stopped:
                stderr.write(f"jupyter-kfp: step {name!r} was stopped\n")
                raise
            except Exception as error:  # told as ours, with where it happened
                self.failure = Failure(name, "internal", str(error), type(error).__name__)
                stderr.write(traceback.format_exc())
            if self.failure is not None:
                stderr.write(f"jupyter-kfp: {self.failure}\n")
            stderr.flush()

    def take(self, states: Mapping[str, str], files: str | None) -> Manifest:
        """The parents' manifests, merged, with the objects that this step takes brought near.

        Raises ConflictError where steps that ran side by side depend on each other.
        """
        places, step = self.places, self.step
        given = [[self.read_manifest(uri) for uri in state_uris(text)] for text in states.values()]
        # Items of one loop do not see each other: each is looked at with what comes from outside of it.
        for item in range(max(map(len, given), default=0)):
            found = conflicts(items[min(item, len(items) - 1)] for items in given)
            if found:
                raise ConflictError(found[0].message, fix=found[0].fix)
        lists = [is_list(text) for text in states.values()]
        merged = merge(gather(items) if many else items[0] for items, many in zip(given, lists, strict=True))
        if files is not None:
            staged = self.read_manifest(files)
            merged["files"] = {**staged["files"], **merged["files"]}
        objects = objects_to_load(merged, step["loads"])
        places.root.fetch(_missing(objects, places.objects), places.objects)
        lay_out(places.workdir, merged["files"], places.objects)
        modules = places.step_folder / "modules"
        if modules.is_dir():
            shutil.copytree(modules, places.workdir.folder, dirs_exist_ok=True)
        return merged

    def read_manifest(self, uri: str) -> Manifest:
        root_uri, digest = split_object_uri(uri)
        root = self.places.root if root_uri == self.places.root.uri else open_root(root_uri)
        data = root.read(digest)
        try:
            manifest = decode(data)
        except ValueError as error:
            raise StateError(f"{uri} is no state of a step: {error}") from error
        if root is not self.places.root:
            self.bring(root, manifest)
        return manifest

    def bring(self, root: Root, manifest: Manifest) -> None:
        """Take the objects of another root's state into this one."""
        digests = _missing(objects_to_load(manifest, "*"), self.places.objects)
        root.fetch(digests, self.places.objects)
        self.places.root.keep(digests, self.places.objects)

    def execute(
        self,
        merged: Manifest,
        parameters: Mapping[str, Any],
        kernel: str | None,
        stdout: Any,  # noqa: ANN401
        stderr: Any,  # noqa: ANN401
    ) -> Executed:
        from .execute import choose_kernel, execute, prepare

        places, step = self.places, self.step
        session = places.scratch / "session"
        session.mkdir(mode=0o700)
        (session / "manifest.json").write_bytes(encode(merged))
        package_path = str(Path(__file__).absolute().parent.parent)
        module_path = os.environ.get("PYTHONPATH")
        Session(
            step=step["step"],
            order=step["order"],
            parents=tuple(step["parents"]),
            loads=step["loads"] if step["loads"] == "*" else tuple(step["loads"]),
            saves=step["saves"] if step["saves"] == "*" else tuple(step["saves"]),
            metrics=tuple(step.get("metrics", ())),
            definitions=tuple(
                Definition(each["name"], each["source"], tuple(each.get("needs", ())), each.get("cell", ""))
                for each in step.get("definitions", ())
            ),
            keeps_random_state=step.get("keeps_random_state", True),
            state=str(session / "manifest.json"),
            objects=str(places.objects.path),
            root=str(places.workdir.root),
            depth=places.workdir.depth,
            package_path=package_path,
            replaced={"PYTHONPATH": module_path, "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED")},
            loop=bool(step.get("foreach")),
            results=tuple(step.get("results", ())),
        ).write(session)
        places.objects.path.mkdir(parents=True, exist_ok=True)
        self.notebook = prepare(places.step_folder / "step.ipynb", parameters)
        self.to_html = _meanwhile(html_writer)
        return execute(
            self.notebook,
            kernel=choose_kernel(kernel, step.get("kernel", "python3")),
            folder=places.workdir.folder,
            scratch=places.scratch,
            environment={
                VARIABLE: str(session),
                "PYTHONPATH": os.pathsep.join(filter(None, (package_path, module_path))),
                "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0"),
            },
            stdout=stdout,
            stderr=stderr,
        )

    def judge(self, executed: Executed, merged: Manifest) -> None:
        """What came of the notebook: a failure, or state to hand on."""
        places, step = self.places, self.step
        result = Result.read(places.scratch / "session")
        if executed.failed is not None:
            cell = executed.notebook.cells[executed.failed]
            lost = {
                name: f"{name!r} of step {entry['step']!r} could not be handed to this step: {entry['reason']}"
                for name, entry in merged["names"].items()
                if entry["kind"] == "unavailable"
            }
            lost |= (result.lost or {}) if result is not None else {}
            numbers = step.get("cell_numbers", {})
            self.failure = failure_of_cell(step["step"], executed, numbers, lost)
            if cell["id"] in OURS and not executed.died:
                error = result.error if result is not None else None
                told: dict[str, Any] = error or {
                    "kind": "internal", "name": self.failure.name, "message": self.failure.message, "fix": "",
                }  # fmt: skip
                self.failure = Failure(step["step"], **told)
            return
        if result is None or not result.manifest:
            raise StateError(
                "the notebook ended before its state was stored", fix="do not leave the kernel in a cell"
            )
        digest = Digest(result.manifest)
        self.manifest = places.objects.file(digest).read_bytes()
        self.metrics = result.metrics or {}
        self.results = read_stored(result.results or {})
        self.classification = result.classification or {}
        places.root.keep(
            (Digest(each) for each in result.new_objects if not each.startswith(".")), places.objects
        )
        self.state = object_uri(places.root, digest)
        self.status = 0

    def tell_kubeflow(
        self, asked: ExecutorInput | None, metric_paths: Mapping[str, str | Path | None]
    ) -> None:
        """Output parameters of single metrics, and the executor output.

        A metric that a condition waits for and that no cell bound ends the step with status 1.
        """
        if self.status == 0:
            for name, path in metric_paths.items():
                if path is None:
                    continue
                if name not in self.metrics:
                    print(f"jupyter-kfp: the metric {name!r} was not bound to a number", file=sys.stderr)
                    self.status = FAILED
                    continue
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_text(repr(self.metrics[name]))
        if asked is not None:
            results = {f"result_{plain(name)}": each.metadata for name, each in self.results.items()}
            told = {"metrics": self.metrics, **self.classification, **results}
            asked.write_output(told if self.status == 0 else {})

    def hand_over_results(self, result_paths: Mapping[str, str | Path | None]) -> None:
        """Leave each result in the run's folder, below `results/`, and where the flags say."""
        folder = self.places.scratch / "session" / RESULTS
        for name, stored in self.results.items():
            file = file_of(folder, stored)
            self.places.root.publish(file, f"{self.places.step_uri}/{RESULTS}/{file.name}")
            path = result_paths.get(name)
            if path is not None:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, path)

    def publish(
        self,
        state_path: str | Path | None,
        metrics_path: str | Path | None,
        html_path: str | Path | None,
    ) -> None:
        """Leave everything there is in the run's folder, and where the flags say."""
        out = self.out
        if self.failure is not None:
            uri = f"{self.places.step_uri}/output.ipynb" if self.notebook is not None else ""
            failure = {**self.failure.to_json(), "notebook": uri}
            (out / "error.json").write_text(json.dumps(failure, ensure_ascii=False, indent=2))
        if self.notebook is not None:
            from nbformat import writes

            text: str = writes(self.notebook)  # type: ignore[no-untyped-call]
            (out / "output.ipynb").write_text(text, encoding="utf-8")
            (out / "output.html").write_text(self.to_html.result()(self.notebook), encoding="utf-8")
        if self.metrics and self.status == 0:
            (out / "metrics.json").write_text(json.dumps(self.metrics, indent=2))
        for described, to in (
            ({name: asdict(each) for name, each in self.results.items()}, "results.json"),
            (self.classification, "classification.json"),
        ):
            if described and self.status == 0:
                (out / to).write_text(json.dumps(described, indent=2, ensure_ascii=False), encoding="utf-8")
        if self.state is not None:
            (out / "state.json").write_bytes(self.manifest)
        for path in sorted(out.iterdir()):
            self.places.root.publish(path, f"{self.places.step_uri}/{path.name}")
        for source, target in ((out / "metrics.json", metrics_path), (out / "output.html", html_path)):
            if target and source.exists():
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        if state_path and self.state is not None:
            Path(state_path).parent.mkdir(parents=True, exist_ok=True)
            Path(state_path).write_text(self.state)


def _meanwhile(work: Callable[[], T]) -> Future[T]:
    """Do it in a thread of its own: this process waits for the kernel most of the time."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future


def objects_to_load(manifest: Manifest, loads: Any) -> list[Digest]:  # noqa: ANN401
    """All that the kernel may read: what it loads, what refers to that, buffers, surroundings, files."""
    taken = wanted(manifest, loads).objects
    behind = dict.fromkeys(taken)
    for digest in referring_to(manifest, taken):
        behind.update(dict.fromkeys(objects_behind(manifest, digest)))
    for surrounding in manifest["surroundings"].values():
        behind.update(dict.fromkeys(objects_behind(manifest, surrounding["object"])))
    digests = dict.fromkeys(behind)
    for digest in behind:
        digests.update(dict.fromkeys(manifest["objects"][digest].get("buffers", [])))
    files = (entry["object"] for entry in manifest["files"].values() if "object" in entry)
    return [*digests, *files]


def _missing(digests: list[Digest], folder: ObjectFolder) -> list[Digest]:
    return [digest for digest in dict.fromkeys(digests) if not folder.has(digest)]
