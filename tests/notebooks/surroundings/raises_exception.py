# A cell that may raise: the cells below it run.
# expect: identical

# %% step:one
x = [1]

# %% step:two raises-exception
x.append(2)
y = 5
1 / 0
z = 6

# %% step:three
print(x, y, "z" in dir())

# %% raises-exception
undefined_name

# %% step:four
print(x, y)
