# NumPy functions that write into an array.
# expect: identical

# %% step:make
import numpy as np

a = np.arange(5.0)
b = np.zeros(5)
mask = np.array([True, False, True, False, True])

# %% step:one
np.add(a, 1, out=b)

# %% step:two
np.copyto(a, 9, where=mask)
np.put(b, [0], -1)

# %% step:three
np.fill_diagonal(m := np.zeros((2, 2)), 4)
a.sort()
b.resize(6, refcheck=False)
np.random.seed(1)
np.random.shuffle(a)

# %% step:look
print(a, b, m)
