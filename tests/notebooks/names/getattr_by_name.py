# getattr and setattr by a name that is known only while running.
# expect: identical

# %% step:make
import math
import operator

names = ["sqrt", "floor"]


class Thing:
    a = 1


thing = Thing()

# %% step:use
print([getattr(math, name)(10) for name in names])
for i, name in enumerate(["b", "c"]):
    setattr(thing, name, i)

# %% step:look
print(thing.b, getattr(thing, "c"), getattr(thing, "none", "default"))
print(operator.attrgetter("a")(thing), hasattr(math, "tau"))
