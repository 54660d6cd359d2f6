# The dict of an instance, held by a name.
# expect: identical
# cuts: safe

# %% step:make
class Thing:
    pass


thing = Thing()
thing.x = 1
inside = vars(thing)

# %% step:change
inside["y"] = 2

# %% step:look
print(thing.x, thing.y, inside is thing.__dict__)
