# Classes: recursive structure.
# expect: identical
# cuts: identical

# %% step:s0
class N:
    def __init__(self, v, parent=None):
        self.v, self.parent, self.kids = v, parent, []
        if parent:
            parent.kids.append(self)
root = N(0)
kid = N(1, root)

# %% step:s1
N(2, kid)
print([k.v for k in root.kids], kid.kids[0].parent is kid)

# %% step:s2
root.v = 9
print(kid.parent.v, kid.kids[0].parent.parent.v)
