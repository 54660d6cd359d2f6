# pandas: inplace=True, columns set, dropped, renamed.
# expect: identical

# %% step:make
import pandas as pd

df = pd.DataFrame({"a": [3, 1, None], "b": list("xyz")})
alias = df

# %% step:fill
df.fillna(0, inplace=True)
df.sort_values("a", inplace=True)

# %% step:columns
df["c"] = df["a"] * 2
df.insert(0, "first", 1)
df.rename(columns={"b": "B"}, inplace=True)

# %% step:drop
df.drop(columns="first", inplace=True)
df.index.name = "row"
df.attrs["source"] = "test"
df.pop("c")

# %% step:look
print(alias)
print(alias is df, df.attrs)
df
