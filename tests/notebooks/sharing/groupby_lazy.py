# Shared things: groupby lazy.
# expect: identical
# cuts: identical

# %% step:s0
import itertools

g = itertools.groupby("aabbc")

# %% step:s1
k, v = next(g)
print(k, list(v))

# %% step:s2
print([(k, list(v)) for k, v in g])
