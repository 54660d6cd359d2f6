"""The shapes of what goes over the wire: requests and answers of the REST API, as types.

They type the handlers, and `openapi.py` makes the OpenAPI description of them, which requests are checked against.
Plain typed dicts, so that the server imports nothing heavy when it starts.
"""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import NotRequired, TypedDict


class Health(TypedDict):
    """The server part is there."""

    version: str
    """Version of jupyter-kfp that the server runs."""


class Problem(TypedDict):
    """What every answer of status 400 and above holds."""

    message: str
    """What happened, in a sentence."""
    where: NotRequired[str]
    """Notebook, cell or step."""
    fix: NotRequired[str]
    """What to do about it."""
    code: NotRequired[str]
    """For programs: the code of a finding, or a word such as `superseded`, `findings` or `not-found`."""
    findings: NotRequired[list[Finding]]
    """Where the notebook has errors that stop the work."""


class Mend(TypedDict):
    """A change of the notebook that takes a finding away. Applied as one undo step."""

    title: str
    """What it does, for a button."""
    tags: NotRequired[dict[str, list[str]]]
    """Cell ids to all the tags that these cells have afterwards."""
    settings: NotRequired[dict[str, Any]]
    """All of `metadata.jupyter_kfp` as it is afterwards."""


class Finding(TypedDict):
    """One thing to say about a notebook."""

    code: str
    """Such as `JK301`; stable."""
    severity: Literal["error", "warning", "hint"]
    """Only errors stop a run."""
    title: str
    """What the code stands for."""
    message: str
    """What and why, a sentence."""
    fix: NotRequired[str]
    """What to do, a sentence."""
    why: NotRequired[str]
    """The code of the line that it is about."""
    cell: NotRequired[str]
    """Id of the cell."""
    cell_number: NotRequired[int]
    """Number of the cell among the code cells, from 1."""
    line: NotRequired[int]
    """Line in the cell, from 1."""
    column: NotRequired[int]
    """Column in the line, from 1."""
    step: NotRequired[str]
    name: NotRequired[str]
    """The Python name, tag, setting or path it is about."""
    mends: list[Mend]
    """Changes that mend it, best first; empty where a person has to think."""


class Parameter(TypedDict):
    """An argument of the pipeline."""

    name: str
    type: Literal["bool", "int", "float", "str", "list", "dict"]
    default: Any
    description: NotRequired[str]
    """The comment beside it in the notebook."""


class GraphStep(TypedDict):
    """A step and its box. Pixels, from the top left corner of the graph."""

    name: str
    title: str
    order: int
    """Its place in the notebook, from 0."""
    cells: list[str]
    """Ids of its cells, in notebook order."""
    x: float
    y: float
    width: float
    height: float
    gets: list[str]
    """Names that it takes from the state."""
    gets_all: bool
    """The analysis cannot know which: it takes every name there is."""
    gives: list[str]
    """Names that it hands on."""
    gives_all: bool
    parameters: list[str]
    """Parameters of the pipeline that it reads."""
    metrics: list[str]
    reads_files: list[str]
    writes_files: list[str]
    settings: dict[str, Any]
    """What is set for it, the pipeline's defaults included."""


class Carried(TypedDict):
    """Something that passes along an edge."""

    name: str
    kind: Literal["state", "file", "after", "order", "caution"]
    type: NotRequired[str]
    """Type of the value, where the notebook has run as a pipeline."""
    size: NotRequired[int]
    """Bytes, where the notebook has run as a pipeline."""


GraphEdge = TypedDict(  # `from` is a word of Python's
    "GraphEdge",
    {
        "from": str,
        "to": str,
        "label": str,  # in few words what passes along it
        "names": list[Carried],
        "why": list[str],  # a sentence for each reason
        "points": list[tuple[float, float]],  # from the bottom of one box to the top of the other
    },
)
"""One step waits for another."""


class Graph(TypedDict):
    """The pipeline, laid out top down."""

    steps: list[GraphStep]
    edges: list[GraphEdge]
    width: float
    height: float


class CellRole(TypedDict):
    """What a code cell is to the pipeline. Empty cells are left out: they belong to the step above them."""

    step: str | None
    """Where it runs; null where it is no step's own."""
    role: Literal["step", "parameters", "setup", "skip", "metrics"]
    gets: list[str]
    """Of what its step takes from the state, the names that this cell reads."""
    gives: list[str]
    """Of what its step hands on, the names that this cell binds or changes."""


class NotebookRequest(TypedDict):
    """A notebook as it is in the editor, or as it is saved."""

    path: str
    """Path of the notebook, relative to the server's root."""
    notebook: NotRequired[dict[str, Any]]
    """nbformat JSON of what is not saved yet; outputs may be left out. The saved one is read where this is missing."""
    client: NotRequired[str]
    """Any text that is this window's own. A newer request of the same window for the same notebook overtakes an older
    one that has not begun, which is answered with status 409, code `superseded`."""


class Analysis(TypedDict):
    """All that the analysis knows of a notebook."""

    title: str
    """Name of the pipeline."""
    graph: Graph
    cells: dict[str, CellRole]
    parameters: list[Parameter]
    findings: list[Finding]


class SuggestedStep(TypedDict):
    """A step that is proposed."""

    name: str
    title: str
    cells: list[str]


class Suggestion(TypedDict):
    """Step tags for a notebook that has none; empty where there is nothing to propose."""

    cells: dict[str, list[str]]
    """Cell ids to all the tags that these cells have afterwards."""
    steps: list[SuggestedStep]


class SettingsSchema(TypedDict):
    """JSON Schemas for forms."""

    pipeline: dict[str, Any]
    """Of `metadata.jupyter_kfp`."""
    step: dict[str, Any]
    """Of an entry of its `steps`."""


class Message(TypedDict):
    """Something that an action says."""

    level: Literal["info", "warning", "error"]
    message: str
    fix: NotRequired[str]
    code: NotRequired[str]
    cell: NotRequired[str]
    step: NotRequired[str]


class ConvertRequest(TypedDict):
    """Write the pipeline down."""

    path: str
    output: NotRequired[str]
    """Folder, relative to the server's root; `NAME-pipeline` beside the notebook where not given."""
    ci: NotRequired[Literal["cloudbuild", "github", "gitlab"]]
    registry: NotRequired[str]


class CompileRequest(TypedDict):
    """Compile the pipeline into a package."""

    path: str
    output: NotRequired[str]
    """The package, a .yaml, .tar.gz or .zip, relative to the server's root; `NAME.yaml` beside the notebook where not
    given."""
    target: NotRequired[Literal["kubeflow", "vertex", "kubernetes"]]
    images: NotRequired[dict[str, str]]
    """Step names to images."""


class CleanRequest(TypedDict):
    """Take out of a package what legacy compilers added."""

    path: str
    """A package, or a notebook: then `NAME.yaml` beside it."""
    output: NotRequired[str]
    """Where to write; in place where not given."""
    keep: NotRequired[list[str]]
    """Steps whose artifacts stay."""


class BuildRequest(TypedDict):
    """Build the images of the steps."""

    path: str
    output: NotRequired[str]
    """The project's folder; `NAME-pipeline` beside the notebook where not given."""
    registry: NotRequired[str]
    push: NotRequired[bool]
    builder: NotRequired[Literal["auto", "docker", "podman", "buildah"]]
    steps: NotRequired[list[str]]
    """Only these."""


class Done(TypedDict):
    """What an action did."""

    files: list[str]
    """Files and folders that it wrote, relative to the server's root."""
    messages: list[Message]


class RunRequest(TypedDict):
    """Run the saved notebook as a pipeline."""

    path: str
    parameters: NotRequired[dict[str, Any]]
    """Values for parameters; the notebook's own for the others."""
    where: NotRequired[str]
    """`local` (this machine, the default), `containers` (containers here), or the name of an endpoint."""
    from_step: NotRequired[str | None]
    """Run this step and those that wait for it; the others' last results are used."""
    only_step: NotRequired[str | None]
    """Run this step alone."""
    cache: NotRequired[bool]
    """Whether results of earlier runs are used; true where not given."""


class Started(TypedDict):
    """Something that goes on by itself."""

    run: str
    """Its id; see GET runs/{id}."""


class StepFailure(TypedDict):
    """Why a step failed."""

    kind: str
    """cell, state, conflict, timeout, killed or internal."""
    name: str
    """Of the exception."""
    message: str
    cell: NotRequired[str]
    """Id of the cell that raised."""
    cell_number: NotRequired[int]
    line: NotRequired[int]
    frame: NotRequired[str]
    """The last frame in the user's code."""
    fix: NotRequired[str]
    log: NotRequired[str]
    """The last lines that the step printed, where nothing better is known."""
    after: NotRequired[str]
    """Of a conflict: the tag that mends it, `after:NAME`, for a cell of this step."""


class RunStep(TypedDict):
    """A step in a run."""

    name: str
    title: str
    parents: list[str]
    status: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED", "SKIPPED", "INTERRUPTED"]
    started: str | None
    ended: str | None
    seconds: float | None
    cached: bool
    """Its result is that of an earlier run."""
    attempts: int
    metrics: dict[str, float | str]
    """JSON has no NaN and no infinity: they come as text."""
    error: NotRequired[StepFailure]
    reason: NotRequired[str]
    """Why it was not run."""
    notebook: NotRequired[str]
    """The executed notebook, for runs/{id}/files/… and runs/{id}/open."""
    report: NotRequired[str]
    """The HTML report, likewise."""
    log: NotRequired[str]
    """What it printed, likewise."""


class Run(TypedDict):
    """One execution of a pipeline, or one building of its images."""

    id: str
    """For the addresses of this API."""
    name: str
    """For people; the name of its folder."""
    kind: Literal["run", "build"]
    pipeline: str
    notebook: str | None
    """Relative to the server's root; null where it is not below it."""
    where: str
    """`local`, `containers`, or the name of an endpoint."""
    status: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED", "INTERRUPTED"]
    """PENDING: it is being prepared. INTERRUPTED: its process died without a word."""
    phase: NotRequired[str]
    """What is being prepared: convert, build, compile, clean or submit."""
    started: str
    ended: str | None
    seconds: float | None
    parameters: dict[str, Any]
    metrics: dict[str, float | str]
    steps: list[RunStep]
    message: NotRequired[str]
    """Why it ended, where no step says so."""
    fix: NotRequired[str]
    findings: NotRequired[list[Finding]]
    """Where the notebook has errors that stopped it."""
    link: NotRequired[str]
    """Address of the run in Kubeflow."""


class Cancelled(TypedDict):
    """Whether there was something to stop."""

    asked: bool
    """False where the run had ended already."""


class OpenRequest(TypedDict):
    """A file of a run that is to be opened as a document."""

    file: str
    """Relative to the run, such as a step's `notebook` or `report`."""


class Document(TypedDict):
    """Something that the document manager can open."""

    path: str
    """Relative to the server's root."""


class DebugRequest(TypedDict):
    """A notebook with a step's cells and its real inputs is wanted."""

    run: str
    step: str


class SignInRequest(TypedDict):
    """Begins a sign-in; with an address, ends one that has begun."""

    address: NotRequired[str]
    """Where the browser was sent after the sign-in, if it could not open that page: it leads to the machine on which
    Jupyter runs, which is another one."""


class Endpoint(TypedDict):
    """A Kubeflow that runs can be submitted to."""

    name: str
    host: str
    kind: str
    signed_in: bool
    """Whether a run could be submitted now, as far as is known without asking the cluster."""
    user: NotRequired[str]
    way: NotRequired[str]
    """How to sign in: browser, key, metadata, impersonation, token, or none."""
    address: NotRequired[str]
    """Page that the user has to open to sign in; afterwards `endpoints` says `signed_in`."""
    message: NotRequired[str]
    """What is wrong with its configuration, or with the last sign-in."""
