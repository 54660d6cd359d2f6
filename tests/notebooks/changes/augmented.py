# `+=` on lists, arrays, numbers, strings, attributes and items.
# expect: identical

# %% step:make
import numpy as np

a = [1]
b = a
n = 1
m = n
arr = np.ones(3)
same = arr
box = {"n": 1, "l": [0]}
t = ([],)

# %% step:change
a += [2]
n += 1
arr *= 3
arr -= 1
box["n"] += 5
box["l"] += [1]
try:
    t[0] += [1]
except TypeError as error:
    print(error)

# %% step:look
print(a, b, n, m, arr, same, same is arr, box, t)
