# What cannot travel is hidden in an object, and only known at run time.
# expect: refused
# cuts: safe

# %% step:make
import importlib

maker = getattr(importlib.import_module("thread" + "ing"), "Lo" + "ck")
holder = {"x": [maker()]}

# %% step:use
print(len(holder))
