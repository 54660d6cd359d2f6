# Functions of the notebook change their arguments and globals, through any depth.
# expect: identical

# %% step:make
log = []
state = {"n": 0}


def note(x):
    log.append(x)


def deeper(target, x):
    note(x)
    target.append(x)


def deepest(target):
    for i in range(2):
        deeper(target, i)
    bump()


def bump():
    global total
    total = state["n"] = state["n"] + 1


def clean(frame):
    frame["clean"] = True
    return frame


# %% step:one
mine = []
deepest(mine)

# %% step:two
row = clean({"a": 1})
result = clean(state)

# %% step:look
print(mine, log, state, total, row, result is state)
