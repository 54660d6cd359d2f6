# Comprehension, class and lambda scopes.
# expect: identical

# %% step:make
x = "global"
items = [x for x in range(3)]


class Scope:
    x = "class"
    copies = [x for _ in range(1)]
    y = x

    def get(self):
        return x


f = lambda: x
g = lambda x: x
nested = [[y for y in range(i)] for i in range(3)]

# %% step:look
print(x, items, Scope.copies, Scope.y, Scope().get(), f(), g(1), nested)

# %% step:rebind
x = "new"

# %% step:last
print(f(), Scope().get(), Scope.x, {x: i for i, x in enumerate("ab")}, x)
