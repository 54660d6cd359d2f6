# Class attributes that are changed: by name, through an instance, in a method, in a subclass.
# expect: identical

# %% step:define
class Base:
    made = 0
    registry = []

    def __init__(self, name):
        Base.made += 1
        self.registry.append(name)
        self.name = name


class Child(Base):
    extra = {}


# %% step:one
a = Base("a")
b = Child("b")

# %% step:two
Child.extra["k"] = 1
Child.made = 50
Base.added = "later"

# %% step:three
c = Child("c")
print(Base.made, Child.made, Base.registry)

# %% step:look
print(a.made, b.made, c.registry is Base.registry, Child.extra, a.added, c.added)
