from __future__ import annotations

import re

import pytest

from jupyter_kfp.graph.mermaid import draw_mermaid
from jupyter_kfp.pipeline import ReasonKind

from .pipelines import HOSTILE, edge, iris, pipeline, step

LINE = re.compile(
    r'flowchart TD|    s\d+\["[\w #;<>./,:+-]*"\]|    s\d+ (-->|-\.->)(\|"[\w #;./,:+-]*"\|)? s\d+',
    re.UNICODE,
)


def test_iris_is_a_flowchart():
    assert draw_mermaid(iris()) == (
        "flowchart TD\n"
        '    s0["load"]\n'
        '    s1["split"]\n'
        '    s2["train"]\n'
        '    s3["test"]\n'
        '    s0 -->|"df"| s1\n'
        '    s1 -->|"X_train, y_train"| s2\n'
        '    s1 -->|"X_test, y_test"| s3\n'
        '    s2 -->|"model"| s3\n'
    )


def test_a_title_stands_below_the_name():
    assert '["load<br>Load the data"]' in draw_mermaid(pipeline([step("load", 0, "Load the data")], []))


def test_waiting_alone_is_dotted():
    drawn = draw_mermaid(pipeline([step("a", 0), step("b", 1)], [edge("a", "b", "a", kind=ReasonKind.AFTER)]))
    assert 's0 -.->|"after"| s1' in drawn


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_inside_their_quotes(name):
    drawn = draw_mermaid(pipeline([step(name, 0, name + "!"), step("b", 1)], [edge(name, "b", name)]))
    lines = drawn.splitlines()
    assert len(lines) == 4
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert "<" not in drawn.replace("<br>", "")


def test_letters_of_any_script_are_kept():
    assert '["größe-数据"]' in draw_mermaid(pipeline([step("größe-数据", 0)], []))
