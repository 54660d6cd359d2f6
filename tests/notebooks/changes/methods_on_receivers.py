# Methods that change what they are called on.
# expect: identical

# %% step:make
items = [3, 1, 2]
names = {"a": 1}
seen = {1}
text = bytearray(b"abc")
from collections import Counter, OrderedDict, defaultdict, deque

line = deque([1, 2])
counts = Counter("aab")
groups = defaultdict(list)
ordered = OrderedDict(a=1, b=2)

# %% step:change
items.sort()
items.insert(0, 9)
names.update(b=2)
names.setdefault("c", []).append(1)
seen.add(5)
seen |= {6}
text.extend(b"d")
line.appendleft(0)
counts.update("bb")
groups["x"].append(1)
ordered.move_to_end("a")

# %% step:look
print(items, names, sorted(seen), text, line, counts, dict(groups), list(ordered))
