# Branches that write files: different ones, and the same.
# expect: identical

# %% step:left
with open("left.txt", "w") as f:
    f.write("left")

# %% step:right
with open("right.txt", "w") as f:
    f.write("right")

# %% step:both
with open("left.txt", "a") as f:
    f.write(" more")

# %% step:join
import os

print(open("left.txt").read(), open("right.txt").read(), sorted(n for n in os.listdir() if n.endswith("txt")))
