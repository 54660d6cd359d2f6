# !pip install is taken out of steps; commands that fetch are warned of.
# expect: identical
# cuts: safe

# %% step:install
!pip --version > /dev/null

# %% step:use
import json

print(json.dumps({}))
