# `_` bound by the user is a name like others.
# expect: identical

# %% step:make
_, keep = (1, 2)
for _ in range(3):
    pass

# %% step:look
print(keep, [_ for _ in "ab"])

# %% step:last
_ = "mine"
print(_)
