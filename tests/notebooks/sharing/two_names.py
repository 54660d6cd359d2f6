# Two names for one object, in steps side by side and after.
# expect: identical

# %% step:make
a = [1, 2]
b = a

# %% step:grow
b.append(3)
print(b)

# %% step:look
print(a, a is b)
