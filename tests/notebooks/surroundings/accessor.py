# An accessor that pandas is told of by a decorator.
# expect: refused JK212
# cuts: safe

# %% step:s0
import pandas as pd


@pd.api.extensions.register_dataframe_accessor("mine")
class Mine:
    def __init__(self, df):
        self.df = df

    def count(self):
        return len(self.df)


# %% step:s1
df = pd.DataFrame({"a": [1, 2]})
print(df.mine.count())

# %% step:s2
print(df.mine.count())
