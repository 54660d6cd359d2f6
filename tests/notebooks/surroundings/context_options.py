# Options set for a `with` only.
# expect: identical

# %% step:one
import pandas as pd

s = pd.Series([1.23456789])
with pd.option_context("display.precision", 2):
    print(s)

# %% step:two
print(s)
