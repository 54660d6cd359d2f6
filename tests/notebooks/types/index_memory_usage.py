# An index that has been searched is larger.
# expect: identical
# xfail: what an index has built to search itself does not travel, and memory_usage counts it
# cuts: safe

# %% step:make
import pandas as pd

df = pd.DataFrame({"a": range(3)}, index=list("xyz"))
print(df.loc["y", "a"])

# %% step:look
print(df.memory_usage().sum())
df.info()
