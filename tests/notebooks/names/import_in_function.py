# Imports inside of functions, classes and conditions.
# expect: identical

# %% step:define
def f(x):
    import math
    from os import path as place

    return math.floor(x), place.join("a", "b")


class WithImport:
    import string

    letters = string.ascii_lowercase[:3]


if True:
    import fractions as fr

# %% step:use
print(f(2.5), WithImport.letters, fr.Fraction(1, 3))
