# Shared things: bound builtin.
# expect: identical
# cuts: identical

# %% step:s0
l = []
add = l.append
done = {"a": 1}.get

# %% step:s1
add(1)
print(l, done("a"))

# %% step:s2
add(2)
print(l)
