# A function that is chosen by type.
# expect: identical
# xfail: a function that is chosen by type cannot be pickled: refused where it need not be

# %% step:make
import functools


@functools.singledispatch
def tell(x):
    return "any"


@tell.register
def _(x: int):
    return "int"


# %% step:use
print(tell(1), tell("x"))
