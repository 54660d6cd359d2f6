# What is one object under two names stays one.
# expect: identical
# cuts: identical

# %% step:s0
a = (1, [2])
b = a
c = (1, 2, 3)
d = c
import pathlib

e = pathlib.Path("a")
f = e

# %% step:s1
print(a is b, c is d, e is f)

# %% step:s2
a[1].append(3)
print(b, c is d, e is f)
