# Branches that set different options.
# expect: identical

# %% step:load
import numpy as np
import pandas as pd

df = pd.DataFrame({"a": [1.23456]})

# %% step:left
pd.set_option("display.precision", 2)
print(df)

# %% step:right
np.set_printoptions(precision=3)
print(np.array([1.23456]), df)

# %% step:join
print(df, np.array([1.23456]))
