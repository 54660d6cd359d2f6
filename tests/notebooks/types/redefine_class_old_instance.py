# Classes: redefine class old instance.
# expect: identical
# cuts: identical

# %% step:s0
class T:
    def v(self):
        return 1
t = T()

# %% step:s1
class T:
    def v(self):
        return 2
u = T()
print(t.v(), u.v())

# %% step:s2
print(isinstance(t, T), isinstance(u, T), t.v(), u.v())
