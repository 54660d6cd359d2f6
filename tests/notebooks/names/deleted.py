# del of names, also of one that others hold.
# expect: identical

# %% step:make
a = [1]
b = a
c, d = 1, 2

# %% step:delete
del a
del (c, d)

# %% step:look
print(b, "a" in dir(), "c" in globals())
try:
    a
except NameError as error:
    print(error)

# %% step:back
a = "back"
print(a, b)

# %% step:delete-more
for name in ["b"]:
    del b

# %% step:last
print(a, "b" in dir())
