# A branch binds anew what the other reads.
# expect: identical

# %% step:load
x = [1]
y = "y"

# %% step:left
x = [2]
print(x)

# %% step:right
print(x, y)
y = "z"

# %% step:join
print(x, y)
