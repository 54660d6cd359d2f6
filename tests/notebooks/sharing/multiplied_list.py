# Rows that are one row.
# expect: identical

# %% step:make
grid = [[0] * 3] * 2
row = grid[0]
keys = dict.fromkeys("ab", [])

# %% step:change
grid[1][0] = 1
keys["a"].append(5)

# %% step:look
print(grid, row, keys, grid[0] is grid[1])
