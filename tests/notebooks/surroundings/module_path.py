# sys.path and a module that a cell wrote.
# expect: identical

# %% step:write
import os
import sys

os.makedirs("lib", exist_ok=True)
with open("lib/made_here.py", "w") as f:
    f.write("VALUE = 5\nitems = []\ndef f():\n    return len(items)\n")
sys.path.insert(0, "lib")

# %% step:use
import made_here

print(made_here.VALUE, made_here.f())

# %% step:again
from made_here import f

print(f())
