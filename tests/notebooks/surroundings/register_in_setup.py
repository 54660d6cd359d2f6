# What libraries are told of in a `setup` cell, each step's libraries are told.
# expect: identical
# cuts: safe

# %% setup
import pandas as pd
from IPython.core.magic import register_line_magic


@pd.api.extensions.register_dataframe_accessor("mine")
class Mine:
    def __init__(self, df):
        self.df = df

    def count(self):
        return len(self.df)


@register_line_magic
def hello(line):
    print("hello", line)


# %% step:make
df = pd.DataFrame({"a": [1, 2]})
%hello you

# %% step:look
print(df.mine.count())
%hello again
