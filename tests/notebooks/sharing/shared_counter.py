# Shared things: shared counter.
# expect: identical
# cuts: identical

# %% step:s0
def make():
    n = 0

    def up():
        nonlocal n
        n += 1
        return n

    def get():
        return n

    return up, get


up, get = make()

# %% step:s1
up()
up()
print(get())

# %% step:s2
print(up(), get())
