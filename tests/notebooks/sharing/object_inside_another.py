# An object inside another: a list in a dict, in a tuple, in an instance.
# expect: identical

# %% step:make
inner = [1]
box = {"inner": inner}
pair = (inner, "x")


class Holder:
    def __init__(self, held):
        self.held = held


holder = Holder(inner)

# %% step:change
box["inner"].append(2)
print(inner, pair)

# %% step:more
holder.held.append(3)

# %% step:look
print(inner, box, pair, holder.held)
print(inner is box["inner"] is pair[0] is holder.held)
