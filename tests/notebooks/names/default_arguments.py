# Defaults are evaluated once, and may be changed.
# expect: identical

# %% step:define
start = 5


def collect(x, into=[], base=start, *, seen={}):
    into.append(x)
    seen[x] = base
    return into, sorted(seen)


def fresh(x, into=None):
    into = [] if into is None else into
    into.append(x)
    return into


# %% step:one
start = 99
print(collect(1))

# %% step:two
print(collect(2), fresh(1))

# %% step:three
print(collect(3), collect.__defaults__, fresh(2))
