# The dict of an instance, held by a name.
# expect: identical
# cuts: safe
# xfail: the dict of an instance, bound to a name of its own, is stored apart from the instance

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
