# A function's mutable default is also bound to a name.
# expect: identical

# %% step:make
memory = []


def remember(x, into=memory):
    into.append(x)
    return len(into)


# %% step:use
print(remember(1), remember(2))

# %% step:look
print(memory)

# %% step:more
memory.append("by hand")

# %% step:last
print(remember(3), memory, remember.__defaults__[0] is memory)
