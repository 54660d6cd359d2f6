"""Experiments, pipelines and their versions: what can be asked of them, and what the server then keeps.

In: bodies and queries, already held against the API's models. Out: records. Raises ApiError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .clock import Clock, rfc3339
from .errors import already_there, invalid
from .packages import Spec, read_record
from .store import Record, Store

DEFAULT = "Default"
Json = dict[str, Any]


class Catalog:
    """The server's shelves."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self._clock = clock

    # experiments

    def add_experiment(self, body: Mapping[str, Any]) -> Record:
        """A new one, of a name that no other has in its namespace."""
        name = str(body.get("display_name", "")).strip()
        namespace = str(body.get("namespace", ""))
        if not name:
            raise invalid("Experiment name is empty. Please specify a valid experiment name")
        for other in self.store.all("experiment"):
            if (other["display_name"], other.get("namespace", "")) == (name, namespace):
                raise already_there("experiment", name)
        record = self.store.add(
            "experiment",
            {
                "display_name": name,
                "description": body.get("description", ""),
                "namespace": namespace,
                "created_at": rfc3339(self._clock.now()),
                "storage_state": "AVAILABLE",
                "last_run_created_at": rfc3339(None),
            },
        )
        record["experiment_id"] = record["_id"]
        self.store.save("experiment", record)
        return record

    def default_experiment(self) -> Record:
        """The one for runs that name none."""
        for record in self.store.all("experiment"):
            if record["display_name"] == DEFAULT and not record.get("namespace"):
                return record
        return self.add_experiment({"display_name": DEFAULT, "description": "The default experiment"})

    # pipelines

    def add_pipeline(
        self, name: str, display_name: str = "", description: str = "", namespace: str = ""
    ) -> Record:
        """A new one without a version."""
        name = name or display_name
        if not name:
            raise invalid("pipeline's name cannot be empty")
        for other in self.store.all("pipeline"):
            if (other["name"], other["namespace"]) == (name, namespace):
                raise already_there("pipeline", name)
        record = self.store.add(
            "pipeline",
            {
                "name": name,
                "display_name": display_name or name,
                "description": description,
                "namespace": namespace,
                "created_at": rfc3339(self._clock.now()),
            },
        )
        record["pipeline_id"] = record["_id"]
        self.store.save("pipeline", record)
        return record

    def pipeline_named(self, name: str, namespace: str) -> Record | None:
        """The pipeline of that name."""
        for record in self.store.all("pipeline"):
            if record["name"] == name and record["namespace"] == namespace:
                return record
        return None

    def remove_pipeline(self, pipeline: str, cascade: bool) -> None:
        """Take it away; one that has versions only with them."""
        self.store.get("pipeline", pipeline)
        versions = list(self.versions(pipeline))
        if versions and not cascade:
            raise invalid(f"Failed to delete pipeline {pipeline} as it has existing pipeline versions")
        for version in versions:
            self.store.remove("version", version["_id"])
        self.store.remove("pipeline", pipeline)

    # versions

    def add_version(
        self, pipeline: str, spec: Spec, name: str, display_name: str = "", description: str = ""
    ) -> Record:  # fmt: skip
        """A new version of a pipeline, of a name that no other of its versions has."""
        self.store.get("pipeline", pipeline)
        name = name or display_name
        if not name:
            raise invalid("pipeline version's name cannot be empty")
        if any(other["name"] == name for other in self.versions(pipeline)):
            raise already_there("pipeline_version", name)
        record = self.store.add(
            "version",
            {
                "pipeline_id": pipeline,
                "name": name,
                "display_name": display_name or name,
                "description": description,
                "created_at": rfc3339(self._clock.now()),
                "pipeline_spec": spec.as_record(),
            },
        )
        record["pipeline_version_id"] = record["_id"]
        self.store.save("version", record)
        return record

    def versions(self, pipeline: str) -> list[Record]:
        """All of a pipeline."""
        return [each for each in self.store.all("version") if each["pipeline_id"] == pipeline]

    def version(self, pipeline: str, version: str) -> Record:
        """One of a pipeline's."""
        record = self.store.get("version", version)
        if record["pipeline_id"] != pipeline:
            raise invalid(f"version {version} is not of pipeline {pipeline}")
        return record

    def spec_of(self, body: Mapping[str, Any]) -> tuple[Spec, Json | None]:
        """The specification that a run's body means, and the version that it comes from, if any."""
        reference = body.get("pipeline_version_reference")
        if reference and body.get("pipeline_spec"):
            raise invalid("a run has a pipeline version or a pipeline spec, not both")
        if body.get("pipeline_spec"):
            return read_record(body["pipeline_spec"]), None
        if not reference or not reference.get("pipeline_id"):
            raise invalid("Pipeline spec source is missing: set pipeline_version_reference or pipeline_spec")
        if reference.get("pipeline_version_id"):
            record = self.version(reference["pipeline_id"], reference["pipeline_version_id"])
        else:
            self.store.get("pipeline", reference["pipeline_id"])
            every = self.versions(reference["pipeline_id"])
            if not every:
                raise invalid("the pipeline has no version")
            record = every[-1]
        told = {"pipeline_id": record["pipeline_id"], "pipeline_version_id": record["pipeline_version_id"]}
        return read_record(record["pipeline_spec"]), told
