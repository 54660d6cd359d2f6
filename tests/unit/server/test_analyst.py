"""The worker, from the server's side."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_kfp.server.analyst import Analyst, Overtaken, Unanswered


def run(work):
    return asyncio.run(work)


def notebook(source: str) -> dict:
    cell = {"cell_type": "code", "id": "c", "source": source, "metadata": {}, "outputs": []}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


def body(source: str) -> dict:
    return {"path": "a.ipynb", "notebook": notebook(source)}


def test_of_several_requests_of_one_key_the_first_and_the_last_are_answered(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            asked = [analyst.ask("analysis", body(f"a = {n}"), "window") for n in range(5)]
            return await asyncio.gather(*asked, return_exceptions=True)
        finally:
            await analyst.close()

    first, *overtaken, last = run(work())
    assert "answer" in last
    assert all(isinstance(each, Overtaken) for each in overtaken)
    assert isinstance(first, Overtaken) or "answer" in first


def test_requests_without_a_key_are_all_answered(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            return await asyncio.gather(*(analyst.ask("analysis", body(f"a = {n}")) for n in range(3)))
        finally:
            await analyst.close()

    assert all("answer" in each for each in run(work()))


def test_a_request_that_is_cancelled_does_not_spoil_the_next(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            await analyst.warm_up()
            first = asyncio.ensure_future(analyst.ask("suggest", body("a = 1")))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            return await analyst.ask("analysis", body("a = 1"))
        finally:
            await analyst.close()

    assert run(work())["answer"]["title"] == "a"


def test_a_worker_that_died_is_started_again(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            await analyst.warm_up()
            analyst._process.kill()
            await analyst._process.wait()
            return await analyst.ask("analysis", body("a = 1"))
        finally:
            await analyst.close()

    assert "answer" in run(work())


def test_a_worker_that_takes_too_long_is_ended(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path), patience=0.0)
        try:
            with pytest.raises(Unanswered, match="longer"):
                await analyst.ask("analysis", body("a = 1"))
            analyst.patience = 60.0
            return await analyst.ask("analysis", body("a = 1"))
        finally:
            await analyst.close()

    assert "answer" in run(work())


def test_a_fault_is_told_without_a_traceback(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            return await analyst.ask("analysis", {"path": 3, "notebook": notebook("a = 1")})
        finally:
            await analyst.close()

    problem = run(work())["problem"]
    assert problem["code"] == "fault"
    assert "Traceback" not in problem["message"]


def test_a_module_of_the_users_does_not_stand_in_for_ours(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    (tmp_path / "jupyter_kfp.py").write_text("raise SystemExit(3)")

    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            return await analyst.ask("analysis", body("a = 1"))
        finally:
            await analyst.close()

    assert "answer" in run(work())


def test_deeply_nested_code_does_not_end_the_worker(tmp_path):
    async def work():
        analyst = Analyst(str(tmp_path))
        try:
            deep = await analyst.ask("analysis", body("(" * 3000 + "1" + ")" * 3000))
            return deep, await analyst.ask("analysis", body("a = 1"))
        finally:
            await analyst.close()

    deep, after = run(work())
    assert "answer" in deep or "problem" in deep
    assert "answer" in after
