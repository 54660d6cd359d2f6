# A class that a library is told to treat as one of its own.
# expect: refused JK212
# cuts: safe

# %% step:s0
from collections.abc import Sequence


class Mine:
    pass


Sequence.register(Mine)

# %% step:s1
print(isinstance(Mine(), Sequence))

# %% step:s2
x = Mine()
print(issubclass(Mine, Sequence))
