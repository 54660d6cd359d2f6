# What files may be read by whom: the mask that the process has.
# expect: identical
# cuts: identical

# %% step:s0
import os
from pathlib import Path

before = os.umask(0o077)
Path("a.txt").write_text("a")

# %% step:s1
Path("b.txt").write_text("b")
print(oct(os.stat("b.txt").st_mode & 0o777))

# %% step:s2
os.umask(before)
Path("c.txt").write_text("c")
print(oct(os.stat("c.txt").st_mode & 0o777), oct(before))
