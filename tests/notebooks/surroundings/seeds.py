# Seeds of random and of NumPy's global generator; draws in several steps.
# expect: identical

# %% step:seed
import random

import numpy as np

random.seed(3)
np.random.seed(7)
print(random.random(), np.random.rand())

# %% step:draw
print([random.randint(0, 99) for _ in range(3)], np.random.normal(size=2))

# %% step:nothing
print("no draw here")

# %% step:again
print(random.choice("abcdef"), np.random.permutation(5))
state = random.getstate()

# %% step:reset
random.setstate(state)
first = random.random()
random.setstate(state)
print(first == random.random(), np.random.randint(1000))
