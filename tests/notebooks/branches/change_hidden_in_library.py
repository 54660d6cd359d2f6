# A library's function changes its argument in a branch: seen, or stopped at run time.
# expect: identical
# cuts: safe

# %% step:load
import functools
import json

config = {"x": {"y": 1}}
update = functools.partial(dict.__setitem__, config)
calls = {"set": config.__setitem__, "pop": config.pop}

# %% step:change
calls["set"]("new", 2)
update("more", 3)

# %% step:read
print(json.dumps(config, sort_keys=True))
