"""Why a name, why an edge: in words."""

import pytest

from jupyter_kfp.dataflow import explain
from jupyter_kfp.errors import JupyterKfpError

from .conftest import read_percent

TEXT = """
# %%
import pandas as pd
# %% parameters
size = 3
# %% step:load
df = pd.DataFrame()
df.dropna(inplace=True)
# %% step:train
print(df, size, pd)
"""


def test_it_says_which_step_made_a_name_and_what_changed_it():
    text = explain(read_percent(TEXT), "train", "df")
    assert "state of step `load`" in text
    assert "so the step waits for `load` (state)" in text


def test_a_change_in_place_is_shown_with_its_code():
    text = explain(read_percent(TEXT.replace("df.dropna(inplace=True)", "# %%\ndf['a'] = 1")), "train", "df")
    assert "changed in place in cell 4 by `df['a'] = 1`" in text


def test_imports_parameters_and_builtins_have_their_origin():
    assert "the import of cell 1, line 1" in explain(read_percent(TEXT), "train", "pd")
    assert "a parameter of the pipeline" in explain(read_percent(TEXT), "train", "size")
    assert "neither reads nor binds" in explain(read_percent(TEXT), "train", "zz")


def test_a_step_that_does_not_exist_is_an_error():
    with pytest.raises(JupyterKfpError, match="no step `tarin`"):
        explain(read_percent(TEXT), "tarin", "df")
