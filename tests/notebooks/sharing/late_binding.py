# Shared things: late binding.
# expect: identical
# cuts: identical

# %% step:s0
fs = []
for i in range(3):
    fs.append(lambda: i)

# %% step:s1
i = 10
print([f() for f in fs])

# %% step:s2
i = 20
print([f() for f in fs], i)
