# Classes: class exec body.
# expect: identical
# cuts: identical

# %% step:s0
def add_method(cls):
    def hi(self):
        return "hi " + self.n
    cls.hi = hi
    return cls
@add_method
class P:
    n = "x"
p = P()

# %% step:s1
P.n = "y"
print(p.hi())

# %% step:s2
print(P().hi(), type(p) is P)
