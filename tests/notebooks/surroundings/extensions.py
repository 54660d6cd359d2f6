# %load_ext and %autoreload.
# expect: identical
# cuts: safe

# %% step:load
%load_ext autoreload
%autoreload 2

# %% step:use
import json

print(json.dumps([1]))

# %% step:again
%autoreload 0
print("done")
