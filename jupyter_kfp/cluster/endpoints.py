"""Endpoints: the clusters that runs can go to, and where each setting of the chosen one came from.

In: `jupyter_kfp_config.py` or `.json` on Jupyter's config path (system, environment, user: the nearer to the user
wins, setting by setting), environment variables `JUPYTER_KFP_…`, what a command line gives. Out: one `Endpoint`
with the origin of each of its values. There is no place for a secret here: keys and tokens are named by their file.

    c.JupyterKfp.endpoint = "team"                      # which, where several are configured
    c.JupyterKfp.endpoints = {"team": {"host": "https://kubeflow.example.com", "bucket": "gs://bucket/team", …}}
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from ..errors import JupyterKfpError
from ..images.names import checked_registry
from .errors import EndpointError

NAME = "jupyter_kfp_config"
SECTION = "JupyterKfp"
PREFIX = "JUPYTER_KFP_"
UNNAMED = "environment"  # the endpoint that only environment variables describe

SignIn = Literal["auto", "browser", "key", "metadata", "impersonation", "token", "none"]
TokenKind = Literal["id-token", "signed-jwt"]
Bucket = Annotated[str, StringConstraints(pattern=r"^gs://[a-z0-9][a-z0-9._-]{1,221}(/[^\s?#]*)?$")]
Project = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.:-]{0,62}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z0-9]+)+$")]
Network = Annotated[str, StringConstraints(pattern=r"^projects/[\w.:-]+/global/networks/[\w-]+$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s/]+@[^@\s/]+$")]


class Endpoint(BaseModel):
    """A cluster, and how to reach it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["kubeflow", "vertex"] = Field("kubeflow", description="Kubeflow Pipelines, or Vertex AI.")
    host: str | None = Field(None, description="Address of Kubeflow Pipelines, `https://host[/path]`.")
    ui: str | None = Field(None, description="Address of its pages, where that is another one.")
    namespace: str | None = Field(None, description="Kubernetes namespace, where Kubeflow has several users.")
    bucket: Bucket | None = Field(None, description="Where runs keep their state: `gs://bucket/prefix`.")
    pipeline_root: Bucket | None = Field(
        None, description="Where Kubeflow keeps its own artifacts; the server's default where not set."
    )
    experiment: str | None = Field(None, description="Experiment that runs are listed under.")
    service_account: str | None = Field(None, description="Service account that runs are started with.")
    registry: str | None = Field(None, description="Where the images of the steps are kept.")
    sign_in: SignIn = Field("auto", description="How to sign in; `auto` takes what is there.")
    iap_client_id: str | None = Field(None, description="OAuth client id of IAP: the audience of ID tokens.")
    token_kind: TokenKind | None = Field(
        None, description="What a service account shows IAP; an ID token where the client id is known."
    )
    audience: str | None = Field(
        None, description="Audience of self-signed tokens; `https://host/*` where not set."
    )
    header: Literal["Authorization", "Proxy-Authorization"] = Field(
        "Authorization", description="Header that carries the token to IAP."
    )
    oauth_client: str | None = Field(
        None, description="File of the desktop OAuth client that people sign in with."
    )
    service_account_key: str | None = Field(None, description="File of a service account's key.")
    impersonate: Email | None = Field(None, description="Service account to sign in as, through IAM.")
    token_file: str | None = Field(None, description="File that holds a token, read anew for each sign-in.")
    project: Project | None = Field(None, description="Google Cloud project, for Vertex AI.")
    region: Region | None = Field(None, description="Region, for Vertex AI.")
    network: Network | None = Field(
        None, description="Compute Engine network that runs on Vertex AI are peered with."
    )

    @field_validator("host", "ui")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an address, https://host or https://host/path")
        if parts.username or parts.password:
            raise ValueError("an address holds no user and no password; say by sign_in how to sign in")
        if parts.query or parts.fragment:
            raise ValueError("give the address without what follows ? and #")
        return value.rstrip("/")

    @field_validator("registry")
    @classmethod
    def _a_registry(cls, value: str | None) -> str | None:
        try:
            return None if value is None else checked_registry(value)
        except JupyterKfpError as error:
            raise ValueError(f"{error.message}; {error.fix}") from error

    @field_validator("service_account")
    @classmethod
    def _an_account(cls, value: str | None) -> str | None:
        return value or None

    @property
    def address(self) -> str | None:
        """Where its API is: `host`, else that of Vertex AI in the region."""
        if self.host is None and self.region is not None:
            return f"https://{self.region}-aiplatform.googleapis.com"
        return self.host

    @property
    def is_private(self) -> bool:
        """Whether the way to the host needs no encryption: this machine, or inside of the cluster."""
        host = urlsplit(self.host or "").hostname or ""
        return (
            host in ("localhost", "127.0.0.1", "::1")
            or "." not in host
            or host.endswith((".svc", ".svc.cluster.local"))
        )


@dataclass(frozen=True)
class Origin:
    """Where a value came from. `text` is for people: a file's path, a variable's name, an option."""

    kind: Literal["default", "file", "environment", "notebook", "option"]
    text: str


@dataclass(frozen=True)
class Chosen:
    """The endpoint that is used, with the origin of each value; what is not in `origins` is a default."""

    name: str
    endpoint: Endpoint
    origins: Mapping[str, Origin]

    def with_notebook(self, settings: Mapping[str, str | None]) -> Chosen:
        """With what a notebook's settings say: over the files, below the environment and the command line."""
        values = self.endpoint.model_dump()
        origins = dict(self.origins)
        for field, value in settings.items():
            above = field in origins and origins[field].kind in ("environment", "option")
            if value is not None and not above:
                values[field], origins[field] = value, Origin("notebook", "the notebook's settings")
        return Chosen(self.name, _validated(values, origins, self.name), origins)

    @property
    def host(self) -> str:
        """The address of the API. Raises EndpointError where none is set."""
        if self.endpoint.address is None:
            raise EndpointError(
                "the endpoint has no host",
                where=f"endpoint {self.name}",
                fix="set `host` to its address; for Vertex AI, `project` and `region`",
            )
        return self.endpoint.address


def load_endpoint(name: str | None = None, options: Mapping[str, str | None] | None = None) -> Chosen:
    """The endpoint of that name, or the one that is configured to be used.

    `options`: what the command line gives, by field. Raises EndpointError where there is none, or several and none
    is chosen, or a value is wrong.
    """
    configured = _configured()
    chosen, asked = _choose(configured, name)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for field, (value, origin) in configured.endpoints.get(chosen, {}).items():
        values[field], origins[field] = value, origin
    for field in Endpoint.model_fields:
        if given := os.environ.get(PREFIX + field.upper()):
            values[field], origins[field] = given, Origin("environment", PREFIX + field.upper())
    for field, option in (options or {}).items():
        if option is not None:
            values[field], origins[field] = option, Origin("option", f"--{field.replace('_', '-')}")
    if not values:
        raise _nothing(asked)
    return Chosen(chosen, _validated(values, origins, chosen), origins)


def endpoint_names() -> tuple[str, ...]:
    """The names of the configured endpoints, in the order of the files. Raises EndpointError."""
    return tuple(_configured().endpoints)


@dataclass(frozen=True)
class _Configured:
    endpoints: Mapping[str, Mapping[str, tuple[Any, Origin]]]
    chosen: str | None


def _configured() -> _Configured:
    from jupyter_core.paths import jupyter_config_path

    folders = [Path(folder) for folder in jupyter_config_path()]
    endpoints: dict[str, dict[str, tuple[Any, Origin]]] = {}
    chosen: str | None = None
    for file in _files(folders):
        section = _section(file)
        chosen = section.get("endpoint", chosen) or chosen
        for name, values in _tables(section, file):
            own = endpoints.setdefault(name, {})
            own.update({field: (value, Origin("file", str(file))) for field, value in values.items()})
    return _Configured(endpoints, chosen)


def _files(folders: list[Path]) -> Iterator[Path]:
    """Those that are there, the farthest from the user first."""
    for folder in reversed(folders):
        for suffix in (".json", ".py"):
            file = folder / f"{NAME}{suffix}"
            if file.is_file():
                yield file


def _section(file: Path) -> Mapping[str, Any]:
    from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

    loader = PyFileConfigLoader if file.suffix == ".py" else JSONFileConfigLoader
    try:
        config = loader(file.name, str(file.parent)).load_config()
    except Exception as error:  # whatever a Python file of the user's raises
        raise EndpointError(
            f"the file cannot be read: {type(error).__name__}: {error}", where=str(file), fix="mend the file"
        ) from error
    section = config.get(SECTION, {})
    for key in section:
        if key not in ("endpoint", "endpoints"):
            raise EndpointError(
                f"{SECTION} has no setting `{key}`",
                where=str(file),
                fix="there are `endpoint` and `endpoints`",
            )
    return dict(section)


def _tables(section: Mapping[str, Any], file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    tables = section.get("endpoints", {})
    if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
        raise EndpointError(
            "`endpoints` is not a table of endpoints", where=str(file), fix='give {"name": {"host": …, …}, …}'
        )
    for name, values in tables.items():
        if unknown := [field for field in values if field not in Endpoint.model_fields]:
            raise EndpointError(
                f"an endpoint has no setting `{unknown[0]}`",
                where=f"{file}, endpoint {name}",
                fix=f"the settings are: {', '.join(Endpoint.model_fields)}",
            )
        yield str(name), dict(values)


def _choose(configured: _Configured, name: str | None) -> tuple[str, str]:
    """The endpoint's name, and who asked for it."""
    asked = {"--endpoint": name, f"{PREFIX}ENDPOINT": os.environ.get(f"{PREFIX}ENDPOINT")}
    for where, given in asked.items():
        if given:
            if given not in configured.endpoints:
                raise EndpointError(
                    f"there is no endpoint `{given}`", where=where, fix=_those_there(configured)
                )
            return given, where
    if configured.chosen:
        if configured.chosen not in configured.endpoints:
            raise EndpointError(
                f"{SECTION}.endpoint names `{configured.chosen}`, which is not configured",
                fix=_those_there(configured),
            )
        return configured.chosen, f"{SECTION}.endpoint"
    if len(configured.endpoints) > 1 and not os.environ.get(f"{PREFIX}HOST"):
        raise EndpointError(
            f"several clusters are configured: {', '.join(configured.endpoints)}",
            fix=f"choose one: --endpoint NAME, {PREFIX}ENDPOINT, or {SECTION}.endpoint in the config file",
        )
    return (next(iter(configured.endpoints), UNNAMED) if len(configured.endpoints) < 2 else UNNAMED), ""


def _those_there(configured: _Configured) -> str:
    if not configured.endpoints:
        return f"configure it in {NAME}.py: see docs/cluster.md"
    return f"the endpoints are: {', '.join(configured.endpoints)}"


def _nothing(asked: str) -> EndpointError:
    from jupyter_core.paths import jupyter_config_dir

    return EndpointError(
        "no cluster is configured",
        where=asked,
        fix=f'write {Path(jupyter_config_dir()) / NAME}.py: c.{SECTION}.endpoints = {{"team": {{"host": '
        f'"https://kubeflow.example.com", "bucket": "gs://bucket/prefix"}}}}, or set {PREFIX}HOST and '
        f"{PREFIX}BUCKET",
    )


def _validated(values: Mapping[str, Any], origins: Mapping[str, Origin], name: str) -> Endpoint:
    try:
        return Endpoint.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        origin = origins.get(field)
        raise EndpointError(
            f"`{field}` of endpoint {name}: {first['msg'].removeprefix('Value error, ')}",
            where=origin.text if origin else "",
            fix="mend the value; docs/cluster.md lists the settings",
        ) from None
