# Objects with a hash of their own, in a set and a dictionary.
# expect: identical
# cuts: identical

# %% step:s0
class K:
    def __init__(self, x):
        self.x = x
    def __hash__(self):
        return hash(self.x)
    def __eq__(self, o):
        return self.x == o.x
    def __repr__(self):
        return f"K{self.x}"
d = {K(1): "a", K(2): "b"}
s = {K(i) for i in (8, 16, 0, 3)}

# %% step:s1
print(d[K(1)], s, K(3) in s)

# %% step:s2
d[K(1)] = "z"
s.add(K(24))
print(d, s)
