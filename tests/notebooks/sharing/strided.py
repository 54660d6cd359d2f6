# Shared things: strided.
# expect: identical
# cuts: identical

# %% step:s0
import numpy as np

a = np.arange(6)
w = np.lib.stride_tricks.sliding_window_view(a, 3, writeable=True)

# %% step:s1
a[2] = 100
print(w.sum())

# %% step:s2
w[0, 0] = 7
print(a)
