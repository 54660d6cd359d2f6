# An iterator and the list that it goes over.
# expect: identical

# %% step:make
items = [1, 2, 3]
walk = iter(items)
print(next(walk))

# %% step:grow
items.append(4)

# %% step:look
print(list(walk))

# %% step:end
print(list(walk), items)
