from __future__ import annotations

import importlib
import os
import subprocess
import sys

import click
import pytest

from jupyter_kfp import __version__
from jupyter_kfp.cli.app import COMMANDS, application

PROGRAM = "import sys\nfrom jupyter_kfp.cli import main\nsys.exit(main())"


def start(*arguments: str, **given) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], **given)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(kfp, name):
    answer = kfp(name, "--help")
    assert answer.status == 0
    assert answer.out.startswith(f"Usage: jupyter kfp {name} ")
    assert f"Example:\n    jupyter kfp {name} " in answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says(name):
    command = importlib.import_module(f"jupyter_kfp.cli.{name}").command
    assert command.get_short_help_str(200).rstrip(".") == COMMANDS[name].rstrip(".")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "completion"])
def test_every_command_has_json(name):
    command = importlib.import_module(f"jupyter_kfp.cli.{name}").command
    for each in command.commands.values() if isinstance(command, click.Group) else [command]:
        options = {option for parameter in each.params for option in parameter.opts}
        assert {"--json", "--debug"} <= options


def test_help_lists_every_command_and_fits_a_narrow_terminal(kfp, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    answer = kfp("--help")
    assert answer.status == 0
    assert [name for name in COMMANDS if f"  {name} " not in answer.out] == []


def test_no_command_is_wrong_usage(kfp):
    answer = kfp()
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("Usage: jupyter kfp ")


def test_a_misspelt_command_is_guessed(kfp):
    answer = kfp("chek")
    assert answer.status == 2
    assert "Did you mean `check`?" in answer.err


def test_wrong_usage_is_json_where_json_was_asked_for(kfp):
    answer = kfp("check", "--json")
    assert answer.status == 2
    assert answer.json["ok"] is False
    assert answer.json["status"] == 2
    assert "NOTEBOOK" in answer.json["error"]["message"]


def test_the_version_is_told(kfp):
    assert kfp("--version").out == f"jupyter kfp, version {__version__}\n"


def test_a_reader_that_has_gone_is_no_fault(small):
    process = start("graph", str(small), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), told) == (1, b"")


def test_colours_are_for_terminals_that_want_them(notebook):
    path = str(notebook("x = = 1"))
    assert b"\x1b[" in on_a_terminal("check", path)
    assert b"\x1b[" not in on_a_terminal("check", path, NO_COLOR="1")
    assert b"\x1b[" not in on_a_terminal("check", path, TERM="dumb")
    assert b"\x1b[" not in start("check", path, stdout=subprocess.PIPE).communicate(timeout=60)[0]


def on_a_terminal(*arguments: str, **environment: str) -> bytes:
    """What the command writes to a terminal."""
    parent, child = os.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = start(*arguments, stdout=child, stderr=child, env={**kept, "TERM": "xterm", **environment})
    os.close(child)
    said = b""
    try:
        while piece := os.read(parent, 65536):
            said += piece
    except OSError:  # how Linux says that the other end of a terminal is closed
        pass
    os.close(parent)
    process.wait(60)
    return said


def test_the_completion_variable_is_that_of_the_program_on_the_path(kfp):
    script = kfp("completion", "bash")
    assert script.status == 0
    assert "_JUPYTER_KFP_COMPLETE=bash_complete" in script.out
    assert "jupyter-kfp" in script.out


def test_zsh_and_fish_have_scripts_too(kfp):
    assert "#compdef jupyter-kfp" in kfp("completion", "zsh").out
    assert "complete" in kfp("completion", "fish").out


def test_completion_offers_commands_and_options():
    def completed(words: str, place: int) -> list[str]:
        environment = {
            **os.environ,
            "_JUPYTER_KFP_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(place),
        }
        answer = start(stdout=subprocess.PIPE, env=environment).communicate(timeout=60)[0]
        return [line.partition(",")[2] for line in answer.decode().split()]

    assert completed("jupyter-kfp c", 1) == [name for name in COMMANDS if name.startswith("c")]
    assert "--no-cache" in completed("jupyter-kfp run --no", 2)


def test_commands_are_click_commands():
    with click.Context(application) as context:
        assert all(application.get_command(context, name) for name in COMMANDS)
        assert application.get_command(context, "../../os") is None
