# A SimpleNamespace that is changed by later steps.
# expect: identical

# %% step:make
import types

space = types.SimpleNamespace(rows=[1])
outer = types.SimpleNamespace(inner=space, **vars(space))

# %% step:change
space.rows.append(2)
outer.inner.columns = 3

# %% step:look
print(space, outer, outer.rows is space.rows)
