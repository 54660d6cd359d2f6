# The same object reached through two steps that run side by side.
# expect: identical

# %% step:make
shared = {"n": 1}

# %% step:one
first = [shared, "one"]
print(first)

# %% step:two
second = [shared, "two"]
print(second)

# %% step:join
print(first[0] is second[0], first[0] is shared)
first[0]["n"] = 5
print(second, shared)
