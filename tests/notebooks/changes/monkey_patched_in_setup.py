# A patched module in a setup cell: every step patches it.
# expect: identical
# cuts: safe

# %% setup
import math

math.tau2 = math.tau * 2

# %% step:use
print(math.tau2)

# %% step:again
print(math.tau2 * 2)
