# One branch changes what the other reads: known by analysis, so it waits.
# expect: identical

# %% step:load
data = {"a": [1]}

# %% step:change
data["a"].append(2)

# %% step:read
print(data)

# %% step:again
data["b"] = 1

# %% step:last
print(data)
