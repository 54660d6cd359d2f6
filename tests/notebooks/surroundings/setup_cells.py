# Setup cells run in every step, also one in the midst of the notebook.
# expect: identical
# cuts: safe

# %% setup
import math

SCALE = 2


def scaled(x):
    return x * SCALE


# %% step:one
a = scaled(3)
print(a)

# %% setup
UNIT = "cm"

# %% step:two
print(f"{scaled(a)} {UNIT}", math.floor(2.5))

# %% step:three
SCALE = 10
print(scaled(1), UNIT)

# %% step:four
print(scaled(2), SCALE)
