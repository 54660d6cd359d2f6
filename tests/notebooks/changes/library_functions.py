# Functions of libraries that change what they are given.
# expect: identical

# %% step:make
import bisect
import heapq
import operator
import random

items = list(range(8))
heap = []
things = [1, 2, 3]
walk = iter(things)
ordered = [1, 5]


class Thing:
    pass


thing = Thing()

# %% step:shuffle
random.seed(4)
random.shuffle(items)

# %% step:others
heapq.heappush(heap, 3)
heapq.heappush(heap, 1)
setattr(thing, "x", 5)
next(walk)
bisect.insort(ordered, 3)
operator.setitem(things, 0, "first")

# %% step:more
delattr(thing, "x")
thing.y = heapq.heappop(heap)
list.append(things, 4)
dict.update(vars(thing), z=1)

# %% step:look
print(items, heap, things, ordered, sorted(vars(thing).items()), list(walk))
