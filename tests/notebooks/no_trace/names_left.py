# A step that stores state leaves no names and no trace.
# expect: identical
# cuts: safe

# %% step:one
import gc
import os
import sys
import threading

a = 1
print([n for n in dir() if "kfp" in n.lower()], [k for k in os.environ if "KFP" in k])

# %% step:two
print([n for n in dir() if "kfp" in n.lower() or "jupyter" in n.lower()])
print([p for p in sys.path if "kfp" in p], [k for k in os.environ if "KFP_SESSION" in k])
print(gc.isenabled(), threading.active_count() > 0, sys.getrecursionlimit() > 0)
b = [n for n in sorted(globals()) if not n.startswith("_") and n not in ("In", "Out", "exit", "quit", "open", "get_ipython")]
print(b)

# %% step:three
print(a, b)
