"""The form of parameters in the panel."""

import ipywidgets
import pytest

from jupyter_kfp import load
from jupyter_kfp.errors import ParameterError
from jupyter_kfp.widgets.form import Form

PARAMETERS = """\
rate = 0.5  # how fast
rounds = 3
large = 2**60 if False else 1152921504606846976
name = "iris"
fast = True
sizes = [1, 2]
options = {"a": 1}
seed: int = None
"""


@pytest.fixture
def pipeline(write):
    source = PARAMETERS.replace("2**60 if False else ", "")
    return load(write((source, "parameters"), ("print(rate)", "step:a"))).pipeline


def test_each_type_has_its_field(pipeline):
    fields = Form(pipeline.parameters).fields
    kinds = {name: type(field) for name, field in fields.items()}
    assert kinds == {
        "rate": ipywidgets.FloatText,
        "rounds": ipywidgets.IntText,
        "large": ipywidgets.Text,
        "name": ipywidgets.Text,
        "fast": ipywidgets.Checkbox,
        "sizes": ipywidgets.Textarea,
        "options": ipywidgets.Textarea,
        "seed": ipywidgets.Text,
    }
    assert fields["rate"].tooltip == "how fast"
    assert fields["seed"].value == "null"


def test_a_form_that_nobody_touched_changes_nothing(pipeline):
    assert Form(pipeline.parameters).values(pipeline) == {}


def test_what_is_changed_has_its_type(pipeline):
    form = Form(pipeline.parameters)
    form.fields["rate"].value = 0.25
    form.fields["rounds"].value = 4
    form.fields["fast"].value = False
    form.fields["name"].value = "a=b"
    form.fields["sizes"].value = "[3]"
    form.fields["options"].value = "{}"
    form.fields["seed"].value = "7"
    assert form.values(pipeline) == {
        "rate": 0.25, "rounds": 4, "fast": False, "name": "a=b", "sizes": [3], "options": {}, "seed": 7,
    }  # fmt: skip


def test_what_is_no_json_is_told(pipeline):
    form = Form(pipeline.parameters)
    form.fields["sizes"].value = "[3"
    with pytest.raises(ParameterError, match="sizes"):
        form.values(pipeline)
