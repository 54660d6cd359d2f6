# Classes: mixin super.
# expect: identical
# cuts: identical

# %% step:s0
class A:
    def go(self):
        return ["A"]
class B(A):
    def go(self):
        return ["B", *super().go()]
b = B()

# %% step:s1
class C(B):
    def go(self):
        return ["C", *super().go()]
c = C()
print(c.go())

# %% step:s2
A.go = lambda self: ["A2"]
print(c.go(), b.go())
