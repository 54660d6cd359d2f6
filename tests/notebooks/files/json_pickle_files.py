# An object of the notebook's class in a file of pickle's.
# expect: identical
# cuts: identical

# %% step:s0
import json, pickle
class M:
    w = 3
json.dump({"a": [1]}, open("c.json", "w"))
pickle.dump(M(), open("m.pkl", "wb"))

# %% step:s1
print(json.load(open("c.json")), pickle.load(open("m.pkl", "rb")).w)

# %% step:s2
import os
os.rename("c.json", "d.json")
print(sorted(x for x in os.listdir(".") if x.endswith((".json", ".pkl"))))
