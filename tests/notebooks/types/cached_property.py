# A property that is worked out once, of a class whose state a later step changes.
# expect: identical
# cuts: identical

# %% step:s0
from functools import cached_property


class Worked:
    times = 0

    @cached_property
    def out(self):
        Worked.times += 1
        return [Worked.times]


w = Worked()

# %% step:s1
w.out.append(5)
print(w.out)

# %% step:s2
print(w.out, Worked.times, Worked().out, Worked.out.attrname)
