# A row of a structured array looks at the array.
# expect: identical
# cuts: identical

# %% step:s0
import numpy as np
a = np.array([(1, 2.0)], dtype=[("x", int), ("y", float)])
row = a[0]

# %% step:s1
row["x"] = 50
print(a)

# %% step:s2
a["y"][0] = 9
print(row)
