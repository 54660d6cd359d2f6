# Generators that are values: numpy's Generator, RandomState, random.Random.
# expect: identical

# %% step:make
import random

import numpy as np

rng = np.random.default_rng(5)
old = np.random.RandomState(5)
own = random.Random(5)
also = rng

# %% step:draw
print(rng.integers(100), old.randint(100), own.random())

# %% step:again
print(also.integers(100), old.randint(100), own.random(), also is rng)
rng.shuffle(x := list(range(5)))

# %% step:last
print(x, rng.random(), also.normal(), own.getrandbits(8))
