# A part of a masked array shares values and mask with the whole.
# expect: identical
# cuts: identical

# %% step:s0
import numpy as np

m = np.ma.array([1, 2, 3], mask=[0, 1, 0])
v = m[1:]

# %% step:s1
m[1] = 5
print(m, v)

# %% step:s2
v[1] = 9
print(m, v, m.mask)
