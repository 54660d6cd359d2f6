# An imported name that is bound anew, and an import under several names.
# expect: identical

# %% step:one
import json as j, os.path
import json
from math import pi as p, e

print(j is json, os.path.basename("a/b"), p > 3)

# %% step:two
e = "mine"
json = {"not": "a module"}

# %% step:three
print(e, json, j.dumps(1), os.sep)
import json

# %% step:four
print(json.dumps([2]), e)
