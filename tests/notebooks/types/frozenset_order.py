# A frozenset goes on giving its elements in the order that it had.
# expect: identical
# cuts: identical

# %% step:s0
stop = frozenset("the a of and to in is it".split())

# %% step:s1
print(list(stop))

# %% step:s2
print(sorted(stop), {w: i for i, w in enumerate(stop)})
