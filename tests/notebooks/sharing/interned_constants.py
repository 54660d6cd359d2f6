# What `is` says of small numbers, None, strings and tuples.
# expect: identical

# %% step:make
small = 5
text = "hello"
again = text
nothing = None
nan = float("nan")
values = [nan, 1]
sentinel = object()
default = sentinel

# %% step:look
print(small is values[1] + 4, text is again, nothing is None)
print(nan in values, values.index(nan), sentinel is default)
