"""What happens while images are built: each event one frozen value, in the style of a run's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from ..notebook.cells import StepName
from .names import ImageName


@dataclass(frozen=True, kw_only=True)
class _Event:
    version: Literal[1] = 1
    time: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


@dataclass(frozen=True, kw_only=True)
class BuildStarted(_Event):
    event: Literal["build-started"] = "build-started"
    builder: str
    images: Mapping[StepName, ImageName]


@dataclass(frozen=True, kw_only=True)
class ImageStarted(_Event):
    event: Literal["image-started"] = "image-started"
    step: StepName


@dataclass(frozen=True, kw_only=True)
class ImageProgress(_Event):
    """The builder has come to an instruction of the Dockerfile."""

    event: Literal["image-progress"] = "image-progress"
    step: StepName
    number: int  # from 1
    total: int
    instruction: str


@dataclass(frozen=True, kw_only=True)
class ImageOutput(_Event):
    """A line that the builder printed."""

    event: Literal["image-output"] = "image-output"
    step: StepName
    line: str


@dataclass(frozen=True, kw_only=True)
class ImagePresent(_Event):
    """An image of just this content is there already."""

    event: Literal["image-present"] = "image-present"
    step: StepName
    place: Literal["machine", "registry"]


@dataclass(frozen=True, kw_only=True)
class ImageBuilt(_Event):
    event: Literal["image-built"] = "image-built"
    step: StepName


@dataclass(frozen=True, kw_only=True)
class PushStarted(_Event):
    event: Literal["push-started"] = "push-started"
    step: StepName


@dataclass(frozen=True, kw_only=True)
class ImagePushed(_Event):
    event: Literal["image-pushed"] = "image-pushed"
    step: StepName


@dataclass(frozen=True, kw_only=True)
class ImageFailed(_Event):
    event: Literal["image-failed"] = "image-failed"
    step: StepName
    message: str


@dataclass(frozen=True, kw_only=True)
class BuildFinished(_Event):
    event: Literal["build-finished"] = "build-finished"
    status: Literal["SUCCEEDED", "FAILED", "CANCELED"]


Event: TypeAlias = (
    BuildStarted
    | ImageStarted
    | ImageProgress
    | ImageOutput
    | ImagePresent
    | ImageBuilt
    | PushStarted
    | ImagePushed
    | ImageFailed
    | BuildFinished
)

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def to_json(event: Event) -> str:
    """The event as one line of JSON, without the line's end."""
    return _ADAPTER.dump_json(event).decode()
