# Symbolic links, inside the folder.
# expect: identical

# %% step:make
import os

with open("target.txt", "w") as f:
    f.write("t")
os.symlink("target.txt", "link.txt")
os.makedirs("d")
os.symlink("../target.txt", "d/up.txt")

# %% step:read
print(open("link.txt").read(), os.path.islink("link.txt"), os.readlink("link.txt"), open("d/up.txt").read())

# %% step:change
with open("link.txt", "a") as f:
    f.write("!")

# %% step:last
print(open("target.txt").read(), os.readlink("d/up.txt"))
