# globals(), locals(), vars() and dir() as dicts of the notebook.
# expect: identical

# %% step:make
globals()["made"] = [1]
for n in range(3):
    globals()[f"col_{n}"] = n
locals()["local"] = "l"
vars().update(updated="u")

# %% step:look
print(made, col_0, col_2, local, updated)
print([k for k in dir() if k.startswith("col_")])

# %% step:change
name = "made"
globals()[name].append(2)
del globals()["col_1"]

# %% step:last
print(made, "col_1" in globals(), sorted(k for k in locals() if k.startswith("col")))
