# A frame, its column, a selection of it, and copies on write.
# expect: identical

# %% step:make
import pandas as pd

df = pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]})
same = df
col = df["a"]
part = df[["b"]]
rows = df.iloc[:2]

# %% step:write
df.loc[0, "a"] = 100
print(col.tolist(), same is df)

# %% step:look
print(same)
print(col, part, rows, sep="\n")

# %% step:write-more
col.iloc[1] = -5
part["b"] = 0

# %% step:last
print(df, col, part, sep="\n")
