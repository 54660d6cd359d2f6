from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from jupyter_kfp.graph.svg import draw_svg
from jupyter_kfp.pipeline import ReasonKind

from .pipelines import HOSTILE, chain, edge, iris, pipeline, step, wide

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing: str, kind: str) -> list[str]:
    root = ElementTree.fromstring(drawing)
    return [node.text for node in root.iter(f"{SVG}text") if node.get("class") == kind]


def boxes(drawing: str, kind: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of the cards or pills."""
    found = []
    for group in ElementTree.fromstring(drawing).iter(f"{SVG}g"):
        for rect in group.findall(f"{SVG}rect"):
            if rect.get("class") == kind:
                left, top = map(float, re.findall(r"[-\d.]+", group.get("transform")))
                found.append((left, top, left + float(rect.get("width")), top + float(rect.get("height"))))
    return found


def overlaps(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_every_step_and_every_name_is_there():
    drawing = draw_svg(iris())
    assert texts(drawing, "name") == ["load", "split", "train", "test"]
    assert sorted(texts(drawing, "label")) == ["X_test, y_test", "X_train, y_train", "df", "model"]


def test_steps_stand_below_those_they_wait_for():
    tops = [top for _, top, _, _ in boxes(draw_svg(iris()), "card")]
    assert tops == sorted(tops)
    assert len(set(tops)) == 4


def test_steps_that_wait_for_the_same_share_a_pill():
    drawing = draw_svg(
        pipeline(
            [step(name, order) for order, name in enumerate("abc")],
            [edge("a", "b", "x"), edge("a", "c", "x")],
        )
    )
    assert texts(drawing, "label") == ["x"]


def test_nothing_overlaps_in_two_hundred_steps():
    drawing = draw_svg(wide(200))
    found = [*boxes(drawing, "card"), *boxes(drawing, "pill")]
    assert len(boxes(drawing, "card")) == 200
    assert [(a, b) for index, a in enumerate(found) for b in found[:index] if overlaps(a, b)] == []


def test_parts_without_a_connection_stand_side_by_side():
    drawing = draw_svg(pipeline([step("a", 0), step("b", 1)], []))
    one, other = boxes(drawing, "card")
    assert not overlaps(one, other)
    assert one[1] == other[1]


def test_it_tells_its_content_to_screen_readers():
    root = ElementTree.fromstring(draw_svg(iris()))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "Pipeline iris"
    assert "test waits for train (model)" in root.find(f"{SVG}desc").text


def test_a_step_says_its_cells_and_what_it_hands_on():
    root = ElementTree.fromstring(draw_svg(pipeline([step("a", 0, "Load it", saves=("df",))], [])))
    group = next(node for node in root.iter(f"{SVG}g") if node.get("class") == "step")
    assert group.find(f"{SVG}title").text == "a\nLoad it\ncell 1\nhands on df"


def test_waiting_alone_is_dashed():
    drawing = draw_svg(pipeline([step("a", 0), step("b", 1)], [edge("a", "b", "a", kind=ReasonKind.AFTER)]))
    assert 'class="line order"' in drawing
    assert 'class="edge order"' in drawing


def test_colours_can_be_set_by_the_page_and_have_a_dark_default():
    drawing = draw_svg(iris())
    colours = re.findall(r"(?:fill|stroke):([^;}]+)", drawing)
    assert [
        colour for colour in colours if colour != "none" and not colour.startswith("var(--kfp-graph-")
    ] == []
    assert "prefers-color-scheme:dark" in drawing


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_and_nothing_else(name):
    drawing = draw_svg(
        pipeline([step(name, 0, name + "!"), step("b", 1)], [edge(name, "b", name)], name=name)
    )
    root = ElementTree.fromstring(drawing)
    tags = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    assert not [key for node in root.iter() for key in node.attrib if key.startswith("on") or key == "href"]
    assert len(texts(drawing, "name")) == 2


def test_the_same_pipeline_gives_the_same_picture():
    assert draw_svg(wide(40)) == draw_svg(wide(40))


def test_a_deep_chain_is_no_problem():
    assert len(boxes(draw_svg(chain(*(f"s{number}" for number in range(600)))), "card")) == 600


def test_an_empty_pipeline_is_an_empty_picture():
    assert ElementTree.fromstring(draw_svg(pipeline([], []))).get("viewBox") == "0 0 32 32"
