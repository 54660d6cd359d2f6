import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.notebook.settings import STEP_NAME
from jupyter_kfp.notebook.tags import (
    AfterTag,
    ForeignTag,
    StepTag,
    WordTag,
    WrongTag,
    normalise_name,
    parse_tag,
)

TABLE = json.loads((Path(__file__).parents[2] / "data" / "tags.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["tag"] or "empty")
def test_a_tag_means_what_the_table_says(row):
    match parse_tag(row["tag"]):
        case StepTag(name=name):
            assert row == {"tag": row["tag"], "kind": "step", "name": name}
        case AfterTag(name=name):
            assert row == {"tag": row["tag"], "kind": "after", "name": name}
        case WordTag(word=word):
            assert row == {"tag": row["tag"], "kind": word.value}
        case ForeignTag():
            assert row == {"tag": row["tag"], "kind": "foreign"}
        case WrongTag(code=code, suggestion=suggestion):
            expected = {"tag": row["tag"], "kind": "wrong", "code": code}
            assert row == (expected | {"suggestion": suggestion} if suggestion else expected)


@given(st.text())
def test_every_name_becomes_one_that_kubernetes_takes_or_none(text):
    name = normalise_name(text)
    assert name is None or STEP_NAME.fullmatch(name)


@given(st.text())
def test_a_normalised_name_stays_as_it_is(text):
    name = normalise_name(text)
    assert name is None or normalise_name(name) == name


@given(st.text())
def test_any_text_is_some_tag(text):
    assert isinstance(parse_tag(text), StepTag | AfterTag | WordTag | ForeignTag | WrongTag)


@pytest.mark.parametrize("row", [row for row in TABLE if "NAME" not in row.get("suggestion", "NAME")])
def test_a_suggestion_is_a_tag_that_can_be_read(row):
    assert not isinstance(parse_tag(row["suggestion"]), WrongTag | ForeignTag)
