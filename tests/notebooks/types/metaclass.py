# A metaclass that keeps its classes.
# expect: identical

# %% step:define
class Meta(type):
    known = {}

    def __new__(mcls, name, bases, space):
        cls = super().__new__(mcls, name, bases, space)
        mcls.known[name] = cls
        return cls


# %% step:derive
class Made(metaclass=Meta):
    pass


made = Made()

# %% step:look
print(list(Meta.known), isinstance(made, Made))

# %% step:more
class Other(metaclass=Meta):
    pass


# %% step:last
print(sorted(Meta.known), Meta.known["Made"] is Made, type(Other) is Meta)
