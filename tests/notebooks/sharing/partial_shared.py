# Shared things: partial shared.
# expect: identical
# cuts: identical

# %% step:s0
from functools import partial, reduce
log = []
rec = partial(log.append)
kw = {"sep": "-"}
show = partial(print, **kw)

# %% step:s1
rec("x")
show(1, 2)
print(log)

# %% step:s2
kw["sep"] = "+"
show(1, 2)
rec("y")
print(log)
