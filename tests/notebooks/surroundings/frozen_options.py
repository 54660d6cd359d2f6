# An option that is set for a while, by hand.
# expect: safe
# cuts: safe

# %% step:s0
import pandas as pd

ctx = pd.option_context("display.max_rows", 3)
ctx.__enter__()

# %% step:s1
print(pd.get_option("display.max_rows"))

# %% step:s2
ctx.__exit__(None, None, None)
print(pd.get_option("display.max_rows"))
