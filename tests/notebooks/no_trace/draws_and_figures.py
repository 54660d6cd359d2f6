# Storing draws no random numbers and leaves figures alone.
# expect: identical

# %% step:one
import random

import matplotlib.pyplot as plt
import numpy as np

random.seed(0)
np.random.seed(0)
big = np.random.rand(5000)
fig = plt.figure(figsize=(1, 1))
plt.close("all")

# %% step:two
print(random.random(), np.random.rand(), plt.get_fignums(), big.sum())

# %% step:three
print(random.random(), plt.get_fignums(), fig.number)
