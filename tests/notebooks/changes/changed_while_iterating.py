# Changes in loops, comprehensions and conditions.
# expect: identical

# %% step:make
out = []
table = {}

# %% step:loop
for i in range(3):
    table[i] = out
    out.append(i)
else:
    out.append("end")

# %% step:comprehension
[out.append(c) for c in "ab"]
_ = {table.pop(k) is out for k in [0]}

# %% step:condition
if out and not table.get("none"):
    out.append("yes")
while len(out) < 9:
    out.append(None)

# %% step:look
print(out, table[1] is out, sorted(map(str, table)))
