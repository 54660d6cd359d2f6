# Shared things: tee.
# expect: identical
# cuts: identical

# %% step:s0
import itertools

a, b = itertools.tee(range(5))
next(a)

# %% step:s1
print(list(a))

# %% step:s2
print(list(b))
