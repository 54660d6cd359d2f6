# A branch deletes what the other had.
# expect: identical

# %% step:load
a = b = [1]
c = 2

# %% step:left
del a
print("a" in dir())

# %% step:right
print(b, c)
b.append(2)

# %% step:join
print("a" in dir(), b, c)
