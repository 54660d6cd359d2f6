# Two closures share a cell.
# expect: identical

# %% step:make
def make():
    count = 0
    seen = []

    def inc(by=1):
        nonlocal count
        count += by
        seen.append(count)
        return count

    def get():
        return count, seen

    return inc, get


inc, get = make()

# %% step:one
print(inc(), inc(5))

# %% step:two
print(get())

# %% step:three
inc(100)

# %% step:four
print(get(), inc.__closure__[0] is get.__closure__[0])
