# Steps change in place what a setup cell made.
# expect: identical
# cuts: safe

# %% setup
log = []
box = {"log": log}

# %% step:one
log.append("one")
print(log)

# %% step:two
box["log"].append("two")
print(log is box["log"])

# %% step:three
print(log, box)
