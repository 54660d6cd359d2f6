"""`jupyter kfp runs`: what has run, here and on clusters."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .cluster_options import connected, endpoint_option
from .options import examples, script_options
from .output import count, printable, say, say_json
from .trouble import FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..cluster import Chosen, Known
    from ..cluster.interface import ClusterApi
    from ..local import Run
    from .output import Json

ROOT = ".jupyter-kfp"


class Runs(click.Group):
    """`runs RUN` is short for `runs show RUN`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            return "show", self.commands["show"], args
        return super().resolve_command(ctx, args)


def root_option(function: Any) -> Any:  # noqa: ANN401
    """Where the runs of this machine are."""
    return click.option(
        "--root",
        metavar="DIR",
        type=click.Path(path_type=Path),
        default=Path(ROOT),
        show_default=True,
        help="The folder that runs here share.",
    )(function)


def run_argument(function: Any) -> Any:  # noqa: ANN401
    """Which run."""
    return click.argument("text", metavar="RUN", default="last")(function)


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command about runs."""
    result: Callable[..., Any] = endpoint_option(root_option(script_options(function)))
    return result


@click.group(
    cls=Runs,
    invoke_without_command=True,
    epilog=examples("runs show last", "runs logs last train", "runs fetch 2026-11-24T101500-iris-3f2a51c0"),
)
@click.pass_context
def command(context: click.Context) -> None:
    """List runs, show one, its logs and results; cancel, retry.

    RUN is a run's name or id, the beginning of one, its folder, or `last`: the last one submitted from here.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_runs, endpoint=None, root=Path(ROOT), limit=20, here=False, as_json=False)


@command.command("list", epilog=examples("runs list", "runs list --here", "runs list --limit 100 --json"))
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True, help="At most N."
)
@click.option("--here", is_flag=True, help="Only what is kept on this machine; the cluster is not asked.")
@shared
def list_runs(endpoint: str | None, root: Path, limit: int, here: bool, as_json: bool) -> None:
    """List runs, the newest first: those of this machine, and those of the cluster where one is configured."""
    rows = _rows(endpoint, root, limit, here)
    if as_json:
        say_json("runs", True, {"runs": [row.json for row in rows]})
        return
    from .runs_text import table

    if not rows:
        say("no runs")
        return
    table([row.cells for row in rows], ("RUN", "WHERE", "STATUS", "STARTED", "TOOK"))


@dataclass(frozen=True)
class _Row:
    name: str
    where: str
    status: str
    started: Any
    seconds: float | None
    run_id: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        from ..durations import duration

        at = f"{self.started.astimezone():%Y-%m-%d %H:%M}" if self.started else ""
        return (
            self.name,
            self.where,
            self.status,
            at,
            duration(self.seconds) if self.seconds is not None else "",
        )

    @property
    def json(self) -> Json:
        return {
            "run": self.name,
            "run_id": self.run_id,
            "where": self.where,
            "status": self.status,
            "started": self.started.isoformat() if self.started else None,
            "seconds": self.seconds,
        }


def _rows(endpoint: str | None, root: Path, limit: int, here: bool) -> list[_Row]:
    from .. import local
    from ..cluster import ClusterError, EndpointError, recall

    there: list[_Row] = []
    if not here:
        try:
            with connected(endpoint) as (chosen, api):
                there = [_cluster_row(run, chosen.name) for run in itertools.islice(api.runs(), limit)]
        except ClusterError as error:
            if endpoint is not None:
                raise
            if not isinstance(error, EndpointError):  # one that is not configured is not missed
                say(f"warning: only the runs of this machine: {printable(error.message)}", error=True)
    ids = {row.run_id for row in there}
    rows = list(there)
    for run in local.runs(root):
        known = recall(run.folder)
        if known is None or known.run_id not in ids:
            where = known.endpoint if known else "here"
            rows.append(
                _Row(run.id, where, run.status.value, run.started, run.seconds, known.run_id if known else "")
            )
    rows.sort(key=lambda row: row.started.timestamp() if row.started else 0, reverse=True)
    return rows[:limit]


def _cluster_row(run: Any, endpoint: str) -> _Row:  # noqa: ANN401
    took = (run.finished_at - run.created_at).total_seconds() if run.finished_at and run.created_at else None
    return _Row(run.display_name or run.run_id, endpoint, run.state, run.created_at, took, run.run_id)


@dataclass(frozen=True)
class _Meant:
    """The run that the user means: kept here, known to be on a cluster, or both."""

    folder: Path | None
    known: Known | None


def _here(text: str, root: Path) -> _Meant | None:
    """The run, where this machine has a folder of it."""
    from .. import local
    from ..cluster import find_known, recall

    for folder in (Path(text), root / "runs" / text):
        if (folder / "events.jsonl").is_file():
            return _Meant(folder.resolve(), recall(folder))
    if folder_of := find_known(root, text):
        return _Meant(folder_of, recall(folder_of))
    found = [run for run in local.runs(root) if run.id.startswith(text) or text == "last"]
    if found and (text == "last" or len(found) == 1):
        return _Meant(found[0].folder, recall(found[0].folder))
    return None


def _there(text: str, chosen: Chosen, api: ClusterApi) -> _Meant:
    """The run on the cluster. Raises ClusterError where there is none."""
    from ..cluster import ClusterError, kind_of
    from ..cluster.errors import Refused
    from ..cluster.follow import known_of
    from ..cluster.known import is_run_id
    from ..cluster.records import RunId

    found = None
    if is_run_id(text):
        try:
            found = api.run(RunId(text))
        except Refused as error:
            if error.status not in (404, 400):
                raise
    elif text != "last":
        found = api.find_run(text)
    if found is None:
        raise ClusterError(f"there is no run {text}", where=chosen.host, fix="see `jupyter kfp runs`")
    endpoint = chosen.endpoint
    return _Meant(
        None,
        known_of(
            found,
            endpoint=chosen.name,
            host=chosen.host,
            url=kind_of(endpoint).run_page(endpoint, found.run_id),
            namespace=endpoint.namespace or "",
            bucket=endpoint.bucket,
        ),
    )


def _endpoint_of(endpoint: str | None, meant: _Meant | None) -> str | None:
    """The run's own cluster, where none is given and it is still configured."""
    from ..cluster import endpoint_names

    if endpoint is None and meant is not None and meant.known is not None:
        return meant.known.endpoint if meant.known.endpoint in endpoint_names() else None
    return endpoint


@command.command(
    "show", epilog=examples("runs show last", "runs show last --wait", "runs show ID --endpoint team")
)
@run_argument
@click.option("--wait", is_flag=True, help="Follow the run to its end.")
@shared
def show(text: str, endpoint: str | None, root: Path, wait: bool, as_json: bool) -> int:
    """Show a run: its steps, metrics, failure. Asks the cluster how far it is."""
    run = run_as_seen(text, endpoint, root, wait=wait, silent=as_json)
    bad = run.status.value in ("FAILED", "CANCELED", "INTERRUPTED") and wait
    if as_json:
        from .run import run_json

        say_json("runs", not bad, {**run_json(run), "url": run.url})
    else:
        from .runs_text import tell_run

        tell_run(run)
    return FAILED if bad else 0


def run_as_seen(
    text: str, endpoint: str | None, root: Path, *, wait: bool = False, silent: bool = True
) -> Run:
    """The run that is meant, as it is now; with `wait`, as it ended."""
    from ..cluster import load_endpoint, snapshot
    from ..local import read_run
    from ..local.journal import is_alive
    from .runs_text import follow_to_end

    meant = _here(text, root)
    if meant is not None and meant.folder is not None:
        if meant.known is None or (is_alive(meant.folder) and not wait):
            return _wait_here(meant.folder, silent) if wait else read_run(meant.folder)
        if is_alive(meant.folder):
            return _wait_here(meant.folder, silent)
        chosen = load_endpoint(_endpoint_of(endpoint, meant))
        return follow_to_end(chosen, meant.known, meant.folder, silent=silent, once=not wait)
    with connected(endpoint) as (chosen, api):
        there = _there(text, chosen, api)
        assert there.known is not None
        if not wait:
            return snapshot(api, there.known)
        return _adopt(api, there.known, root, silent)


def _wait_here(folder: Path, silent: bool) -> Run:
    from ..local import follow, read_run
    from .progress import progress

    with progress(silent=silent) as show_event:
        for event in follow(folder):
            show_event(event)
    return read_run(folder)


def _adopt(api: ClusterApi, known: Known, root: Path, silent: bool) -> Run:
    """Follow a run that was started elsewhere, in a folder of its own here."""
    from ..cluster.follow import adopt, follow_run
    from ..local.root import open_root
    from .progress import progress

    folder = adopt(api, known, open_root(root))
    with progress(silent=silent) as show_event:
        return follow_run(api, known, folder, on_event=show_event)


@command.command(
    "logs", epilog=examples("runs logs last", "runs logs last train", "runs logs last train --follow")
)
@run_argument
@click.argument("step", metavar="[STEP]", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on as STEP prints, until it has ended.")
@shared
def logs(text: str, step: str | None, follow: bool, endpoint: str | None, root: Path, as_json: bool) -> None:
    """Print what the steps printed, or one of them."""
    if follow:
        if step is None or as_json:
            raise click.UsageError("--follow takes a step, and no --json")
        for piece in _growing(text, step, endpoint, root):
            click.echo("\n".join(map(printable, piece.split("\n"))), nl=False)
        return
    found = _logs(text, step, endpoint, root)
    if as_json:
        say_json("runs", True, {"run": text, "logs": dict(found)})
        return
    for name, log in found.items():
        if step is None:
            say(click.style(f"── {printable(name)}", bold=True))
        if log is None:
            say("(nothing yet)" if step else "  (nothing yet)", error=True)
            continue
        for line in log.splitlines():
            say(printable(line))


def _logs(text: str, step: str | None, endpoint: str | None, root: Path) -> dict[str, str | None]:
    from ..cluster.follow import open_watch
    from ..cluster.logs import step_log
    from ..local import read_run
    from ..notebook.cells import StepName

    meant = _here(text, root)
    if meant is not None and meant.folder is not None and meant.known is None:
        run = read_run(meant.folder)
        names = (
            [_one_of(step, [str(each.name) for each in run.steps])]
            if step
            else [each.name for each in run.steps]
        )
        return {str(name): _file_text(run.step_folder(name) / "log.txt") for name in names}
    with connected(_endpoint_of(endpoint, meant)) as (chosen, api):
        known = meant.known if meant is not None else _there(text, chosen, api).known
        assert known is not None
        watch, there = open_watch(api, known)
        names = (
            [_one_of(step, [str(one.name) for one in watch.steps])]
            if step
            else [one.name for one in watch.steps]
        )
        return {str(name): step_log(watch, there, StepName(name)) for name in names}


def _growing(text: str, step: str, endpoint: str | None, root: Path) -> Iterator[str]:
    """The log of a step, in pieces as it comes."""
    from ..cluster.follow import open_watch
    from ..cluster.logs import follow_log
    from ..cluster.records import RunId
    from ..local import read_run
    from ..local.log_tail import tail_step
    from ..notebook.cells import StepName

    meant = _here(text, root)
    if meant is not None and meant.folder is not None and meant.known is None:
        steps = [str(each.name) for each in read_run(meant.folder).steps]
        yield from tail_step(meant.folder, StepName(_one_of(step, steps)))
        return
    with connected(_endpoint_of(endpoint, meant)) as (chosen, api):
        known = meant.known if meant is not None else _there(text, chosen, api).known
        assert known is not None
        watch, there = open_watch(api, known)
        name = StepName(_one_of(step, [str(one.name) for one in watch.steps]))
        yield from follow_log(watch, RunId(there.run_id), name)


def _one_of(step: str, steps: list[str]) -> str:
    if step not in steps:
        raise click.UsageError(f"there is no step `{step}`; the steps are {', '.join(steps)}")
    return step


def _file_text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


@command.command("cancel", epilog=examples("runs cancel last"))
@run_argument
@shared
def cancel(text: str, endpoint: str | None, root: Path, as_json: bool) -> None:
    """Stop a run."""
    from .. import local
    from ..errors import JupyterKfpError

    meant = _here(text, root)
    if meant is not None and meant.known is None and meant.folder is not None:
        if not local.cancel(meant.folder):
            raise JupyterKfpError("the run is not running", where=str(meant.folder))
        _done("cancel", text, "the run was asked to stop", as_json)
        return
    with connected(_endpoint_of(endpoint, meant)) as (chosen, api):
        known = meant.known if meant is not None else _there(text, chosen, api).known
        assert known is not None
        api.cancel(known.run_id)
        _done("cancel", known.name, "the run was asked to stop", as_json)


@command.command("retry", epilog=examples("runs retry last"))
@run_argument
@shared
def retry(text: str, endpoint: str | None, root: Path, as_json: bool) -> None:
    """Run again what failed in a run on a cluster; what succeeded stays."""
    meant = _here(text, root)
    if meant is not None and meant.known is None:
        raise click.UsageError(
            "retry is for runs on a cluster; here, `jupyter kfp run` reuses what succeeded"
        )
    with connected(_endpoint_of(endpoint, meant)) as (chosen, api):
        known = meant.known if meant is not None else _there(text, chosen, api).known
        assert known is not None
        api.retry(known.run_id)
        _done("retry", known.name, "the run goes on with what failed", as_json)


@command.command("open", epilog=examples("runs open last"))
@run_argument
@shared
def open_run(text: str, endpoint: str | None, root: Path, as_json: bool) -> None:
    """Open a run's page in the browser; its folder, for a run of this machine."""
    meant = _here(text, root)
    if meant is None:
        with connected(endpoint) as (chosen, api):
            meant = _there(text, chosen, api)
    address = meant.known.url if meant.known is not None else str(meant.folder)
    if as_json:
        say_json("runs", True, {"run": text, "url": address})
        return
    say(printable(address))
    click.launch(address)


@command.command("fetch", epilog=examples("runs fetch last", "runs fetch last -o results"))
@run_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to put them; the run's folder where not given.",
)
@shared
def fetch(text: str, endpoint: str | None, root: Path, output: Path | None, as_json: bool) -> None:
    """Bring a run's results home: executed notebooks, pages, metrics, logs of its steps."""
    from ..cluster import ClusterError, Results

    meant = _here(text, root)
    if meant is not None and meant.known is None:
        raise click.UsageError(f"the run is of this machine: its results are in {meant.folder}")
    if meant is None:
        with connected(endpoint) as (chosen, api):
            meant = _there(text, chosen, api)
    known = meant.known
    assert known is not None
    folder = output or meant.folder or Path(known.name)
    paths = list(Results.open(known.bucket, known.run_id).fetch(folder))
    try:
        steps = run_as_seen(text, endpoint, root).steps
    except ClusterError as error:
        say(f"warning: results of cached steps are left out: {printable(error.message)}", error=True)
        steps = ()
    for step in steps:
        if step.cached_from:  # a cached step's files are with the run that made them
            paths += Results.open(known.bucket, step.cached_from).fetch(folder, below=step.folder)
    if not paths:
        raise ClusterError(
            "the run has left no files yet", where=known.files, fix="wait for its first step, or see its logs"
        )
    if as_json:
        say_json(
            "runs", True, {"run": known.name, "folder": str(folder), "files": [str(path) for path in paths]}
        )
    else:
        say(f"{printable(str(folder))}: {count(len(paths), 'file')}")


def _done(what: str, name: str, text: str, as_json: bool) -> None:
    if as_json:
        say_json("runs", True, {"run": name, "done": what})
    else:
        say(f"{printable(name)}: {text}")
