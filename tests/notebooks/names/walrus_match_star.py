# Walrus, match, star-unpacking.
# expect: identical

# %% step:bind
if (n := len("hello")) > 3:
    long = True
first, *middle, last = range(5)
[(a, b), c] = [(1, 2), 3]
print([y := i for i in range(3)])
points = {"kind": "point", "at": (1, 2), "more": 5}

# %% step:match
match points:
    case {"kind": "point", "at": (px, py), **rest}:
        found = "point"
    case _:
        found = None
match [1, 2, 3]:
    case [head, *tail] if head == 1:
        pass

# %% step:look
print(n, long, first, middle, last, a, b, c, y)
print(px, py, rest, found, head, tail)

# %% step:more
while (n := n - 1) > 2:
    pass
def f(*args, k=(z := 7), **more):
    return args, k, more
(*copy,) = tail

# %% step:last
print(n, z, f(*copy, **rest), f(*[0], k=1))
