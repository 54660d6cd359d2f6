# A seed set and used inside of functions.
# expect: identical

# %% step:define
import random

import numpy as np


def seed_all(n):
    random.seed(n)
    np.random.seed(n)


def draw():
    return random.random(), np.random.rand()


# %% step:seed
seed_all(1)

# %% step:one
print(draw())

# %% step:two
print(draw())
seed_all(1)

# %% step:three
print(draw())
