# A generator inside of an object.
# expect: refused
# cuts: safe

# %% step:make
class Stream:
    def __init__(self):
        self.lines = (str(i) for i in range(3))


stream = Stream()
print(next(stream.lines))

# %% step:use
print(list(stream.lines))
