# Two branches that only read; they join.
# expect: identical

# %% step:load
data = list(range(5))

# %% step:left
left = sum(data)
print(left)

# %% step:right
right = max(data)
print(right)

# %% step:join
print(left + right, data)
