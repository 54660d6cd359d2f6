# Shared things: chainmap.
# expect: identical
# cuts: identical

# %% step:s0
from collections import ChainMap, deque, OrderedDict, Counter

a = {"x": 1}
b = {"y": 2}
c = ChainMap(a, b)
q = deque([1, 2, 3], maxlen=3)
o = OrderedDict(a=1, b=2)
n = Counter("hello")

# %% step:s1
a["z"] = 3
q.append(4)
o.move_to_end("a")
n.update("l")

# %% step:s2
print(dict(c), q, o, n, q.maxlen)
