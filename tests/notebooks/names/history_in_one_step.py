# `_` and In within the step.
# expect: identical
# cuts: safe

# %% step:one
x = 3

# %% step:two
x * 2

# %%
print(_ + x)
