# A bound method and its instance.
# expect: identical

# %% step:make
class Counter:
    def __init__(self):
        self.n = 0

    def up(self):
        self.n += 1
        return self.n


counter = Counter()
up = counter.up
add = [].append
values = []
push = values.append

# %% step:use
print(up(), up())
push(3)

# %% step:look
print(counter.n, up.__self__ is counter)
print(values, push.__self__ is values)
counter.up()

# %% step:last
print(up(), counter.n)
