# A patched module: the change is not in the state, so it is refused or carried.
# expect: refused JK212
# cuts: safe

# %% step:patch
import math

math.tau2 = math.tau * 2
math.floor = lambda x: "patched"

# %% step:use
import math

print(math.tau2, math.floor(2.5))
