# A name bound anew leaves the others alone.
# expect: identical

# %% step:make
a = [1]
b = a
c = [a]

# %% step:rebind
a = a + [2]
print(a, b)

# %% step:augment
b += [3]

# %% step:look
print(a, b, c, c[0] is b, a is b)
