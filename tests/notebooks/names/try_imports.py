# try/except ImportError, with and without the module.
# expect: identical

# %% step:imports
try:
    import surely_not_here as thing
except ImportError:
    thing = None

try:
    import json as parser
except ImportError:
    parser = None
try:
    from math import hypot
    HAVE = True
except ImportError:
    HAVE = False

# %% step:use
print(thing, parser.dumps([1]), HAVE)
if HAVE:
    print(hypot(3, 4))

# %% step:again
print(parser.loads("[2]"), thing is None)
