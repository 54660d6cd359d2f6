# pandas keeps every dtype, index, attrs and name.
# expect: identical

# %% step:make
import numpy as np
import pandas as pd

df = pd.DataFrame(
    {
        "i": pd.array([1, None, 3], dtype="Int64"),
        "f": [1.5, np.nan, 2],
        "s": pd.array(["a", None, "c"], dtype="string"),
        "o": [[1], {"k": 2}, None],
        "c": pd.Categorical(["x", "y", "x"], categories=["y", "x", "z"], ordered=True),
        "d": pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin"),
        "t": pd.to_timedelta([1, 2, 3], "h"),
        "p": pd.period_range("2024-01", periods=3, freq="M"),
        "b": pd.array([True, None, False], dtype="boolean"),
        "v": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
        "sp": pd.arrays.SparseArray([0, 0, 1]),
        "i8": np.array([1, 2, 3], "int8"),
    },
    index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["l", "n"]),
)
df.attrs["unit"] = {"f": "cm"}
df.columns.name = "cols"
s = pd.Series([1, 2], index=pd.DatetimeIndex(["2024-01-01", "2024-01-02"], freq="D"), name="named")
rolled = s.rolling(2)

# %% step:look
print(df.dtypes, df.attrs, df.columns.name, df.index.names)
print(s.index.freq, s.name, rolled.sum())
df

# %% step:change
df.loc[("a", 1), "f"] = 100.0
df["new"] = df["i"] + 1

# %% step:last
print(df.to_string(), df.index.is_unique)
