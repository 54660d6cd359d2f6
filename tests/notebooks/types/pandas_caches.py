# A groupby keeps what it has worked out; reading it in two branches is no change.
# expect: identical
# cuts: safe

# %% step:make
import pandas as pd

df = pd.DataFrame({"c": ["x", "y", "x"], "f": [1, 2, 3]})
grouped = df.groupby("c")

# %% step:look
print(grouped["f"].sum())

# %% step:other
print(grouped["f"].max(), grouped.ngroups)
