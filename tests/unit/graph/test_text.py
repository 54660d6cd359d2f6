from __future__ import annotations

import unicodedata

import pytest

from jupyter_kfp.graph.text import draw_text
from jupyter_kfp.pipeline import ReasonKind

from .pipelines import HOSTILE, chain, edge, iris, pipeline, step, wide


def test_a_chain_is_one_rail():
    assert draw_text(chain("load", "train", "test")) == "● load\n● train  x\n● test   x\n".replace(
        "● load", "●  load"
    ).replace("● t", "●  t")


def test_iris_reads_like_its_data_flow():
    assert draw_text(iris()).splitlines() == [
        "●    load",
        "●    split  df",
        "├─●  train  X_train, y_train",
        "●─╯  test   X_test, y_test from split; model from train",
    ]


def test_a_terminal_without_unicode_gets_ascii():
    drawn = draw_text(iris(), unicode=False)
    assert drawn.isascii()
    assert drawn.splitlines()[-1] == "*-'  test   X_test, y_test from split; model from train"


def test_steps_that_nobody_waits_for_leave_no_rail():
    drawn = draw_text(pipeline([step("a", 0), step("b", 1), step("c", 2)], []))
    assert drawn.splitlines() == ["●  a", "●  b", "●  c"]


def test_a_line_that_passes_a_rail_does_not_join_it():
    drawn = draw_text(
        pipeline(
            [step(name, order) for order, name in enumerate("abcd")],
            [edge("a", "c", "x"), edge("b", "d", "y"), edge("a", "d", "x")],
        )
    )
    assert drawn.splitlines()[2] == "├─│─●  c  x from a"


def test_other_reasons_are_named():
    drawn = draw_text(
        pipeline(
            [step("a", 0), step("b", 1), step("c", 2), step("d", 3)],
            [
                edge("a", "b", "b", kind=ReasonKind.AFTER),
                edge("b", "c", "numpy.random", kind=ReasonKind.ORDER),
                edge("c", "d", "exec", kind=ReasonKind.CAUTION),
            ],
        )
    )
    assert [line.split(maxsplit=2)[2:] for line in drawn.splitlines()] == [
        [],
        ["after"],
        ["order of numpy.random"],
        ["all state"],
    ]


def test_long_lists_of_names_wrap_and_keep_the_rails():
    names = [f"name_{number}" for number in range(30)]
    lines = draw_text(
        pipeline([step("a", 0), step("b", 1), step("c", 2)], [edge("a", "b", *names), edge("a", "c", "x")]),
        width=60,
    ).splitlines()
    assert len(lines) > 5
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith("│") for line in lines[2:-1])


def test_two_hundred_steps_take_a_line_each():
    lines = draw_text(wide(200), width=200).splitlines()
    assert len(lines) == 200
    assert [line for line in lines if "●" not in line] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_send_nothing_to_the_terminal(name):
    drawn = draw_text(pipeline([step(name, 0), step("b", 1)], [edge(name, "b", name)]))
    assert len(drawn.splitlines()) == 2
    assert not [char for char in drawn.replace("\n", "") if unicodedata.category(char).startswith("C")]


def test_an_empty_pipeline_draws_nothing():
    assert draw_text(pipeline([], [])) == ""
