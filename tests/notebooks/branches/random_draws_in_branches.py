# Both branches draw from the global generator: in notebook order.
# expect: identical

# %% step:seed
import random

import numpy as np

random.seed(1)
np.random.seed(2)

# %% step:left
left = random.random(), np.random.rand()
print(left)

# %% step:right
right = random.random(), np.random.rand()
print(right)

# %% step:join
print(random.randint(0, 100), np.random.randint(100))
