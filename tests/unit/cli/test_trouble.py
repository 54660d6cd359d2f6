from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jupyter_kfp import dataflow
from jupyter_kfp.cli.trouble import report
from jupyter_kfp.errors import JupyterKfpError, ParameterError


def raising(error: BaseException):
    def analyse(notebook):
        raise error

    return analyse


@pytest.fixture
def traceback_folder(tmp_path, monkeypatch):
    folder = tmp_path / "tracebacks"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_fault_of_ours_is_told_with_the_place_of_its_traceback(kfp, small, monkeypatch, traceback_folder):
    monkeypatch.setattr(dataflow, "analyse", raising(ZeroDivisionError("oh")))
    answer = kfp("check", small)
    assert answer.status == 1
    assert answer.out == ""
    assert "ZeroDivisionError: oh" in answer.err
    assert "please report it" in answer.err
    assert "Traceback" not in answer.err
    [kept] = traceback_folder.iterdir()
    assert str(kept) in answer.err
    assert "in analyse" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_debug_shows_the_traceback_and_keeps_no_file(kfp, small, monkeypatch, traceback_folder):
    monkeypatch.setattr(dataflow, "analyse", raising(ZeroDivisionError("oh")))
    answer = kfp("check", small, "--debug")
    assert answer.status == 1
    assert "Traceback (most recent call last)" in answer.err
    assert list(traceback_folder.iterdir()) == []


def test_a_fault_is_json_for_scripts(kfp, small, monkeypatch, traceback_folder):
    monkeypatch.setattr(dataflow, "analyse", raising(ZeroDivisionError("oh")))
    answer = kfp("check", small, "--json")
    assert answer.json["error"]["kind"] == "Unexpected"
    assert answer.json["status"] == answer.status == 1


def test_a_users_mistake_is_message_place_and_fix(kfp, small, monkeypatch):
    monkeypatch.setattr(dataflow, "analyse", raising(JupyterKfpError("no", where="cell 3", fix="do\nthis")))
    answer = kfp("check", small)
    assert (answer.status, answer.err) == (1, "error: cell 3: no\n  fix: do\nthis\n")


def test_an_interruption_ends_with_130(kfp, small, monkeypatch):
    monkeypatch.setattr(dataflow, "analyse", raising(KeyboardInterrupt()))
    assert kfp("check", small).status == 130
    answer = kfp("check", small, "--json")
    assert (answer.status, answer.json["error"]["kind"]) == (130, "Interrupted")


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied", "/there"), OSError(28, "No space left on device", b"/there")],
)
def test_what_the_system_refuses_names_the_file(capsys, error):
    assert report(error, ["check"]) == 1
    assert capsys.readouterr().err == f"error: /there: {error.strerror}\n"


def test_untrusted_text_in_an_error_sends_nothing_to_the_terminal(capsys):
    report(ParameterError("`\x1b]0;x\x07` is not known", fix="\x1b[2J"), ["run"])
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "\x07" not in told


def test_a_json_flag_behind_two_dashes_is_a_file_name(kfp):
    answer = kfp("check", "--", "--json")
    assert answer.status == 1
    assert answer.err.startswith("error: --json: ")


def test_nothing_is_written_beside_the_notebook(kfp, small, tmp_path):
    kfp("check", small)
    assert [Path(path).name for path in tmp_path.iterdir()] == ["small.ipynb"]
