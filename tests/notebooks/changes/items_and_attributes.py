# Assignment to items, slices and attributes; deleting them.
# expect: identical

# %% step:make
from types import SimpleNamespace

items = list(range(6))
deep = {"a": {"b": [1, 2]}}
thing = SimpleNamespace(x=1, inner=SimpleNamespace(y=[0]))

# %% step:change
items[1:3] = ["x"]
del items[0]
deep["a"]["b"][0] = 10
thing.inner.y[0] += 5
thing.z = 3
del thing.x

# %% step:look
print(items, deep, thing)

# %% step:targets
for deep["loop"] in range(3):
    pass
(items[0], thing.w), *thing.rest = ("first", "w"), 1, 2
with open(__file__ if "__file__" in dir() else "/dev/null") as thing.handle:
    pass
del thing.handle

# %% step:last
print(items, deep, thing)
