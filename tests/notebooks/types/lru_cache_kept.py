# What a cached function remembers: it is the same object again.
# expect: identical

# %% step:define
import functools


@functools.lru_cache
def load():
    print("loading")
    return {"rows": [1]}


# %% step:first
load()["rows"].append(2)

# %% step:again
print(load())
