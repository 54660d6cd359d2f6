# Shared things: class counter.
# expect: identical
# cuts: identical

# %% step:s0
import itertools


class Item:
    ids = itertools.count(1)

    def __init__(self):
        self.id = next(Item.ids)


a = Item()

# %% step:s1
b = Item()
print(b.id)

# %% step:s2
print(Item().id, a.id)
