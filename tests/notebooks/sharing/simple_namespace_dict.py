# The dict of a SimpleNamespace cannot be put back where another name holds it.
# expect: refused state
# cuts: safe

# %% step:make
import types

space = types.SimpleNamespace(rows=[1])
plain = types.SimpleNamespace(name="kept", other=space)
inner = space.__dict__

# %% step:change
inner["columns"] = 2

# %% step:look
print(space, plain.name, inner is space.__dict__)
