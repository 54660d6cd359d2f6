# An array that writes to a file cannot travel as a value; one that reads can.
# expect: refused
# cuts: safe

# %% step:make
import numpy as np

mapped = np.memmap("data.bin", dtype="i4", mode="w+", shape=(4,))
mapped[:] = 5

# %% step:look
print(mapped)
