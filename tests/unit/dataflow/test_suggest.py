"""Step tags, proposed."""

from jupyter_kfp.dataflow import analyse, suggest
from jupyter_kfp.dataflow.suggest import slug

from .conftest import read_percent

HEADED = """
# %% [markdown]
# # Iris
# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
# %% [markdown]
# ## 1. Load the data
# %%
df = pd.read_csv('Iris.csv')
df['a'] = 1
df['b'] = 2
# %% [markdown]
# ## Train
# %%
X, y = df[['a']], df['b']
model = LogisticRegression()
model.fit(X, y)
# %% [markdown]
# ## Train
# %%
model.score(X, y)
print(model)
print(X)
"""


def test_steps_are_cut_at_headings_and_named_after_them():
    assert suggest(read_percent(HEADED)) == {
        "c2": ("step:load-the-data",),
        "c3": ("step:train",),
        "c4": ("step:train-2",),
    }


def test_without_headings_the_kind_of_work_tells():
    text = HEADED.replace("# # Iris", "").replace("# ## ", "# ")
    found = list(suggest(read_percent(text)).values())
    assert found == [("step:load",), ("step:train",), ("step:test",)]


def test_a_tagged_notebook_is_left_alone():
    assert suggest(read_percent("# %% step:a\nx = 1\n# %% step:b\ny = 2")) == {}


def test_no_cut_is_proposed_that_a_value_cannot_cross():
    text = HEADED.replace("df['b'] = 2", "handle = open('log', 'w')\nhandle.write('a')").replace(
        "X, y = df", "handle.write('b')\nX, y = df"
    )
    assert list(suggest(read_percent(text)).values()) == [("step:load-the-data",), ("step:train",)]


def test_tiny_sections_join_the_one_before():
    text = HEADED.replace("model.score(X, y)\nprint(model)\nprint(X)", "model")
    assert list(suggest(read_percent(text))) == ["c2", "c3"]


def test_what_is_proposed_is_sound():
    lines = HEADED.splitlines()
    tags = suggest(read_percent(HEADED))
    number = 0
    for place, line in enumerate(lines):
        if line == "# %%":
            number += 1
            lines[place] = f"# %% {' '.join(tags.get(f'c{number}', ()))}"
    codes = [f.code for f in analyse(read_percent("\n".join(lines))).findings]
    assert codes == ["JK402"]


def test_a_heading_becomes_a_name():
    assert slug("2.1) **Données** & `model` [link](http://x)") == "donnees-model-link"
    assert slug("训练") == ""
    assert len(slug("a very long heading that goes on and on and on")) <= 30
