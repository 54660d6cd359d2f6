"""`jupyter kfp schedule`: runs at fixed times on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from .cluster_options import connected, endpoint_option, image_option, images_for, parameter_option, teller
from .options import builder_option, examples, notebook_argument, script_options
from .output import printable, say, say_json

if TYPE_CHECKING:
    from ..images.builders import BuilderName
    from .output import Json


class Schedules(click.Group):
    """`schedule NOTEBOOK` is short for `schedule add NOTEBOOK`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            return "add", self.commands["add"], args
        return super().resolve_command(ctx, args)


@click.group(
    cls=Schedules,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        'schedule iris.ipynb --cron "0 6 * * *"',
        "schedule list",
        "schedule pause 2026-11-24T101500-iris-3f2a51c0",
    ),
)
def command() -> None:
    """Run the notebook on a cluster at fixed times.

    The times are by the cluster's clock. The notebook, its images and its data files are those of the moment when the
    schedule is made.
    """


@command.command("add", epilog=examples('schedule iris.ipynb --cron "0 6 * * *" -p test_size=0.3'))
@notebook_argument
@click.option(
    "--cron", required=True, metavar="TIMES", help="Minute, hour, day, month, weekday: `0 6 * * *`."
)
@parameter_option
@endpoint_option
@image_option
@click.option("--build", is_flag=True, help="Build and push the images that are not there yet.")
@builder_option
@click.option("--no-cache", is_flag=True, help="Run every step each time.")
@script_options
def add(
    notebook: Path,
    cron: str,
    parameters: tuple[str, ...],
    endpoint: str | None,
    images: tuple[str, ...],
    build: bool,
    builder: BuilderName | Literal["auto"],
    no_cache: bool,
    as_json: bool,
) -> None:
    """Make a schedule."""
    from ..cluster import kind_of, load_endpoint
    from ..cluster.schedule import schedule
    from ..cluster.submit import for_pipeline
    from ..parameters import parse_parameters
    from .understand import understand

    configured = load_endpoint(endpoint)
    at = kind_of(configured.endpoint).cron(cron)
    understood = understand(notebook)
    pipeline = understood.sound(quiet=as_json)
    values = {str(name): value for name, value in parse_parameters(pipeline, parameters).items()}
    chosen = for_pipeline(configured, pipeline)
    with understood.locating():
        named, code = images_for(
            understood, pipeline, chosen, images, build=build, builder=builder, quiet=as_json, verbose=False
        )
        made = schedule(
            pipeline,
            chosen,
            named,
            cron,
            code=code,
            parameters=values,
            cache=not no_cache,
            tell=teller(as_json),
        )
    if as_json:
        told = made.schedule
        content = {"schedule": told.display_name, "schedule_id": told.recurring_run_id, "url": made.url}
        say_json("schedule", True, {**content, "cron": told.cron})
    else:
        say(printable(made.url))
        say(f"{printable(made.schedule.display_name)}  ({printable(made.schedule.cron or at)})")


@command.command("list", epilog=examples("schedule list"))
@endpoint_option
@script_options
def list_schedules(endpoint: str | None, as_json: bool) -> None:
    """List the schedules of a cluster."""
    from .runs_text import table

    with connected(endpoint) as (_, api):
        found = list(api.schedules())
    if as_json:
        content: list[Json] = [
            {
                "schedule": one.display_name,
                "schedule_id": one.recurring_run_id,
                "cron": one.cron,
                "on": one.is_on,
            }
            for one in found
        ]
        say_json("schedule", True, {"schedules": content})
    elif not found:
        say("no schedules")
    else:
        rows: list[tuple[str, ...]] = [
            (one.display_name, one.cron, "on" if one.is_on else "paused") for one in found
        ]
        table(rows, ("SCHEDULE", "TIMES", "STATE"))


def _act(
    action: Literal["pause", "resume", "delete"], text: str, endpoint: str | None, as_json: bool
) -> None:
    from ..cluster.schedule import delete, switch

    with connected(endpoint) as (_, api):
        found = delete(api, text) if action == "delete" else switch(api, text, action == "resume")
    done = {"pause": "paused", "resume": "on", "delete": "deleted"}[action]
    if as_json:
        content = {"schedule": found.display_name, "schedule_id": found.recurring_run_id, "done": action}
        say_json("schedule", True, content)
    else:
        say(f"{printable(found.display_name)}: {done}")


@command.command("pause", epilog=examples("schedule pause NAME"))
@click.argument("text", metavar="SCHEDULE")
@endpoint_option
@script_options
def pause(text: str, endpoint: str | None, as_json: bool) -> None:
    """Let a schedule start no runs for now."""
    _act("pause", text, endpoint, as_json)


@command.command("resume", epilog=examples("schedule resume NAME"))
@click.argument("text", metavar="SCHEDULE")
@endpoint_option
@script_options
def resume(text: str, endpoint: str | None, as_json: bool) -> None:
    """Let a paused schedule start runs again."""
    _act("resume", text, endpoint, as_json)


@command.command("delete", epilog=examples("schedule delete NAME"))
@click.argument("text", metavar="SCHEDULE")
@endpoint_option
@script_options
def delete_schedule(text: str, endpoint: str | None, as_json: bool) -> None:
    """Take a schedule away; its runs stay."""
    _act("delete", text, endpoint, as_json)
