# Functions that read globals which are bound, rebound or deleted later.
# expect: identical

# %% step:define
def area(r):
    return scale * r


def outer(r):
    return area(r) + 1


# %% step:one
scale = 2
print(outer(3))

# %% step:two
scale = 5
print(outer(3))

# %% step:three
del scale
try:
    print(outer(3))
except NameError as error:
    print("no", error)

# %% step:four
scale = 1
print(area(3), outer(2))
