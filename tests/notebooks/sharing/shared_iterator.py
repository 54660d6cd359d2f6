# Shared things: shared iterator.
# expect: identical
# cuts: identical

# %% step:s0
it = iter(range(10))
pairs = zip(it, it)

# %% step:s1
print(next(pairs), next(it))

# %% step:s2
print(list(pairs), list(it))
