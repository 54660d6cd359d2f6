# The change goes through what a call gives back.
# expect: identical

# %% step:make
store = {"a": [1], "b": [2]}


def pick(name):
    return store[name]


def same(x):
    return x


# %% step:one
pick("a").append(10)

# %% step:two
same(store)["b"].append(20)
max(store.values(), key=len).append(30)

# %% step:look
print(store)

# %% step:three
for values in store.values():
    values.clear()

# %% step:last
print(store)
