# The changed half of a group that shares.
# expect: identical

# %% step:make
import numpy as np

base = np.arange(6)
table = {"base": base, "other": [1, 2]}
other = table["other"]
alone = "untouched"

# %% step:change
base[0] = 100

# %% step:look
print(table["base"], table["base"] is base)
print(table["other"] is other, other)

# %% step:change-more
other.append(9)

# %% step:last
print(table, base, other, alone)
