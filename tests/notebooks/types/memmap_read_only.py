# A memory-mapped array that only reads.
# expect: identical
# cuts: safe

# %% step:make
import numpy as np

np.save("data.npy", np.arange(5))

# %% step:map
mapped = np.load("data.npy", mmap_mode="r")

# %% step:look
print(mapped, type(mapped).__name__, mapped.sum())
