"""Submit a pipeline: look whether all is there, bring data and package up, start one run.

In: a Pipeline, the images of its steps, parameters, an endpoint. Out: the run on the cluster, with a folder here that
tells of it. Every stage may be done again: data files and packages go by their content, and a run is started under a
name that was written down before (`submission.py`).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import FindingsError, JupyterKfpError
from ..findings import Finding, Level
from ..local.journal import Journal, hold
from ..local.root import default_root, open_root
from ..notebook.cells import StepName
from ..package import argument_names, compile_package, pipeline_name, task_names
from ..package.targets import Target
from ..parameters import check_parameters
from ..pipeline import JsonValue, Pipeline
from ..project.code_archive import Code
from ..step import StepError, stage_files
from ..step.objects import ObjectFolder
from ..step.storage import open_root as open_state_root
from .endpoints import Chosen
from .errors import AlreadyThere, ClusterError, EndpointError, Unreachable
from .follow import open_watch
from .images_there import look_for
from .interface import ClusterApi
from .kinds import kind_of, open_api
from .known import Known, remember
from .records import ClusterRun, ExperimentId, RunId, Version
from .spec import TaskName
from .submission import Note, note, submission_key

LARGEST = 32 << 20  # bytes of a package that Kubeflow takes
EXPERIMENT = "Default"  # Kubeflow's own
ATTEMPTS = 5  # to start a run


def ignore(message: str) -> None:
    """What happens to messages that nobody wants to read."""


@dataclass(frozen=True)
class Package:
    """A compiled pipeline. `version` is its name on the server: the same content, the same name."""

    content: bytes
    version: str
    findings: tuple[Finding, ...] = ()
    code: tuple[Code, ...] = ()  # of steps whose image does not hold it: it has to be in the bucket


@dataclass(frozen=True)
class Ready:
    """All that a run needs is on the cluster."""

    version: Version
    new_version: bool
    experiment: ExperimentId
    parameters: Mapping[str, JsonValue]  # as the package calls them
    files: str  # uri of the manifest of the data files


@dataclass(frozen=True)
class Submitted:
    """A run that was started. `taken_up`: an earlier submission had started it, and its answer was lost."""

    known: Known
    folder: Path
    taken_up: bool
    new_version: bool


def for_pipeline(chosen: Chosen, pipeline: Pipeline) -> Chosen:
    """The endpoint with what the notebook's settings say. Raises EndpointError where no bucket is known."""
    settings = pipeline.settings
    bucket = settings.bucket if (settings.bucket or "").startswith("gs://") else None
    merged = chosen.with_notebook(
        {"bucket": bucket, "experiment": settings.experiment, "service_account": settings.service_account}
    )
    if merged.endpoint.bucket is None:
        raise EndpointError(
            "there is no bucket to keep the run's state in",
            where=f"endpoint {chosen.name}",
            fix="set `bucket` for the endpoint or in the notebook's settings: gs://bucket/prefix",
        )
    return merged


def compile_for(
    pipeline: Pipeline,
    images: Mapping[StepName, str],
    code: Mapping[StepName, Code] | None = None,
    *,
    target: Target = "kubeflow",
    cache: bool = True,
) -> Package:
    """The package. Without `cache` no step takes an earlier result. Its findings say what `target` cannot carry.

    Raises FindingsError, and ClusterError where it is too large.
    """
    if errors := [found for found in pipeline.findings if found.level is Level.ERROR]:
        raise FindingsError(errors, where=str(pipeline.notebook))
    if not cache:
        pipeline = replace(
            pipeline,
            steps=tuple(
                replace(step, settings=step.settings.model_copy(update={"cache": False}))
                for step in pipeline.steps
            ),
        )
    with TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        package = compile_package(
            pipeline,
            Path(scratch, "pipeline.yaml"),
            target=target,
            images={str(step): str(image) for step, image in images.items()},
            code={str(step): one.digest for step, one in (code or {}).items()},
        )
        content = package.path.read_bytes()
    if len(content) > LARGEST:
        raise ClusterError(
            f"the package has {len(content) >> 20} MiB, and Kubeflow takes {LARGEST >> 20}",
            where=str(pipeline.notebook),
            fix="join small neighbouring steps under one tag",
        )
    digest = hashlib.sha256(content).hexdigest()
    return Package(
        content,
        f"{pipeline_name(pipeline.name)[:100]}-{digest[:16]}",
        package.findings,
        tuple((code or {}).values()),
    )


def check_images(images: Mapping[StepName, str], tell: Callable[[str], None] = ignore) -> None:
    """Raises ClusterError where an image is not in its registry; says so where that cannot be known."""
    found = look_for(images.values())
    if found.missing:
        steps = [step for step, image in images.items() if image in found.missing]
        raise ClusterError(
            f"{'images' if len(steps) > 1 else 'the image'} of {', '.join(steps)}: not in the registry",
            where=found.missing[0],
            fix="build and push: jupyter kfp submit --build",
        )
    if found.unknown:
        tell(
            f"warning: cannot see whether the images are in the registry ({found.unknown[0]}); the run will tell"
        )


def stage(pipeline: Pipeline, bucket: str) -> str:
    """Put the data files into the bucket; the uri of their manifest. Raises ClusterError, also where the bucket cannot
    be written, which is found out even without files."""
    try:
        uri = stage_files(bucket, pipeline.notebook.resolve().parent, pipeline.data_files)
    except FileNotFoundError as error:
        raise JupyterKfpError(
            "a file that cells name is not there",
            where=str(error.filename),
            fix="put it back, or change the cell",
        ) from error
    except StepError as error:
        raise ClusterError(error.message, where=bucket, fix=error.fix) from error
    return str(uri) if pipeline.data_files else ""


def stage_code(bucket: str, code: Iterable[Code]) -> None:
    """Put the code of steps into the bucket, each archive under its digest. Raises ClusterError."""
    with TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
        objects = ObjectFolder(Path(scratch))
        digests = [objects.write([one.content])[0] for one in code]
        if not digests:
            return
        try:
            open_state_root(bucket).keep(digests, objects)
        except StepError as error:
            raise ClusterError(error.message, where=bucket, fix=error.fix) from error


def make_ready(
    api: ClusterApi,
    chosen: Chosen,
    pipeline: Pipeline,
    package: Package,
    values: Mapping[str, JsonValue],
    *,
    tell: Callable[[str], None] = ignore,
) -> Ready:
    """Bring data, experiment and package up. All of it may be done again: nothing is there twice."""
    endpoint = chosen.endpoint
    assert endpoint.bucket is not None
    files = stage(pipeline, endpoint.bucket)
    if files:
        tell(f"data files are in {endpoint.bucket}")
    stage_code(endpoint.bucket, package.code)
    experiment = api.experiment(endpoint.experiment or EXPERIMENT)
    version, new = api.bring(
        pipeline_name(pipeline.name), pipeline.settings.description or "", package.version, package.content
    )
    become = {True: "uploaded", False: "is there already", None: "goes with the run"}
    tell(f"version {package.version} {become[new]}")
    names = argument_names(pipeline)
    given = check_parameters(pipeline, values)
    parameters: dict[str, JsonValue] = {
        names[parameter.name]: given.get(parameter.name, parameter.default)
        for parameter in pipeline.parameters
    }
    parameters["bucket"] = endpoint.bucket
    if files:
        parameters["files"] = files
    return Ready(version, bool(new), ExperimentId(experiment.experiment_id), parameters, files)


def submit(
    pipeline: Pipeline,
    chosen: Chosen,
    images: Mapping[StepName, str],
    *,
    code: Mapping[StepName, Code] | None = None,
    parameters: Mapping[str, JsonValue] | None = None,
    cache: bool = True,
    new: bool = False,
    root: Path | None = None,
    tell: Callable[[str], None] = ignore,
    sleep: Callable[[float], None] = time.sleep,
) -> Submitted:
    """Start a run of the pipeline on the cluster.

    `images`: that of each step, in their registry. `code`: that of steps whose image does not hold it. `new`: start
    another run even where an earlier submission of the same did not come to its end. `root`: the folder that runs here
    share. `tell` is told what is done.
    Raises FindingsError, ParameterError, EndpointError, SignInError, ClusterError; what was done until then is used
    by the next submission.
    """
    chosen = for_pipeline(chosen, pipeline)
    values = check_parameters(pipeline, parameters or {})
    package = compile_for(pipeline, images, code, target=kind_of(chosen.endpoint).target, cache=cache)
    warn(package, tell)
    place = open_root(default_root(pipeline.notebook) if root is None else root)
    with ExitStack() as stack:
        api = stack.enter_context(open_api(chosen, sleep=sleep))
        say_hello(api, tell)
        ready = make_ready(
            api, chosen, pipeline, package, {str(name): value for name, value in values.items()}, tell=tell
        )
        key = submission_key(_what(chosen, ready))
        if new:
            key = submission_key({"key": key, "at": time.time_ns()})
        with note(place, key, pipeline.name) as held:
            there, taken_up = start_once(api, chosen, ready, held, sleep=sleep)
            known = _known(chosen, pipeline, held.name, there, ready)
            folder = place / "runs" / held.name
            _begin(api, known, folder, there, pipeline)
    return Submitted(known, folder, taken_up, ready.new_version)


def warn(package: Package, tell: Callable[[str], None]) -> None:
    """Say what the cluster cannot carry of the notebook's settings: nothing is dropped without a word."""
    for found in package.findings:
        tell(f"{found.level.value}: {found.message} ({found.code}); {found.fix}")


def say_hello(api: ClusterApi, tell: Callable[[str], None] = ignore) -> None:
    """The first request: whether we are let in and the cluster answers. Raises what any request does."""
    hello = api.hello()
    tell(f"{api.host}: {hello.signed_in}{f', {hello.service}' if hello.service else ''}")
    if hello.wants_namespace:
        raise EndpointError(
            "this Kubeflow has several users, and no namespace is set",
            where=api.host,
            fix="set `namespace` to that of your profile",
        )


def start_once(
    api: ClusterApi, chosen: Chosen, ready: Ready, held: Note, *, sleep: Callable[[float], None]
) -> tuple[ClusterRun, bool]:
    """Start the run, or find the one that was started under this name; whether it was found.

    Where no whole answer comes, the run is looked for before it is asked for again. Raises Unreachable after that.
    """
    import tenacity

    endpoint = chosen.endpoint
    may_be_there = held.earlier

    def attempt() -> tuple[ClusterRun, bool]:
        nonlocal may_be_there
        if may_be_there and (found := api.find_run(held.name, ready.experiment)):
            return found, True
        try:
            started = api.start(
                held.name,
                ready.version,
                ready.experiment,
                ready.parameters,
                pipeline_root=endpoint.pipeline_root,
                service_account=endpoint.service_account,
            )
        except Unreachable as error:
            may_be_there = may_be_there or error.sent
            raise
        except AlreadyThere:
            if found := api.find_run(held.name, ready.experiment):
                return found, True
            raise
        return started, False

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unreachable),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=2, min=2, max=20),
        sleep=sleep,
        reraise=True,
    )
    there, found = retrying(attempt)
    return there, found


def _what(chosen: Chosen, ready: Ready) -> dict[str, JsonValue]:
    endpoint = chosen.endpoint
    return {
        "host": chosen.host,
        "namespace": endpoint.namespace,
        "project": endpoint.project,
        "experiment": ready.experiment,
        "version": ready.version.pipeline_version_id,
        "parameters": dict(ready.parameters),
        "pipeline_root": endpoint.pipeline_root,
        "service_account": endpoint.service_account,
    }


def _known(chosen: Chosen, pipeline: Pipeline, name: str, there: ClusterRun, ready: Ready) -> Known:
    endpoint = chosen.endpoint
    return Known(
        name=name,
        run_id=RunId(there.run_id),
        endpoint=chosen.name,
        host=chosen.host,
        namespace=endpoint.namespace or "",
        url=kind_of(endpoint).run_page(endpoint, there.run_id),
        bucket=endpoint.bucket or "",
        pipeline_id=ready.version.pipeline_id,
        version_id=ready.version.pipeline_version_id,
        tasks={TaskName(task): step for step, task in task_names(pipeline).items()},
        arguments={argument: str(name) for name, argument in argument_names(pipeline).items()},
        cells={
            step.name: {str(cell.id): cell.number for cell in step.cells if cell.number}
            for step in pipeline.steps
        },
    )


def _begin(api: ClusterApi, known: Known, folder: Path, there: ClusterRun, pipeline: Pipeline) -> None:
    """The run's folder here, with its first event."""
    remember(folder, known)
    notebook = pipeline.notebook
    digest = hashlib.sha256(notebook.read_bytes()).hexdigest() if notebook.is_file() else ""
    watch, there = open_watch(api, known, there)
    order = {step.name: step.order for step in pipeline.steps}
    event = watch.started(there, str(notebook), digest)
    steps = sorted(event.steps, key=lambda step: order.get(StepName(step.name.partition("[")[0]), 0))
    titles = {step.name: step.title for step in pipeline.steps}
    planned = tuple(
        replace(step, title=titles.get(StepName(step.name.partition("[")[0]), step.title)) for step in steps
    )
    with hold(folder), Journal(folder) as journal:
        journal.write(replace(event, pipeline=pipeline.name, steps=planned))
