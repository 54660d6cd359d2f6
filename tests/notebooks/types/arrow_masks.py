# What a frame's strings take of memory: a mask of missing values is there though none is missing.
# expect: identical
# cuts: identical
# needs: pyarrow

# %% step:make
import pandas as pd

frame = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=400)})
frame["day"] = frame["date"].dt.day_name()
frame["none"] = frame["day"].where(frame["day"] != "Monday")
part = frame["day"].iloc[3:50]

# %% step:look
frame.info()
print(frame.memory_usage(), part.memory_usage())

# %% step:last
frame["upper"] = frame["day"].str.upper()
print(frame.memory_usage(deep=True), part.iloc[-1], frame["none"].isna().sum(), part.memory_usage())
