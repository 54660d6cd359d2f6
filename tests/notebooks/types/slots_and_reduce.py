# __slots__, __reduce__, __getstate__, __call__, __getattr__, operators.
# expect: identical

# %% step:define
class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


class Reduced:
    def __init__(self, x):
        self.x = x

    def __reduce__(self):
        return Reduced, (self.x,)


class Stateful:
    def __init__(self):
        self.kept, self.lock = [1], "cache"

    def __getstate__(self):
        return {"kept": self.kept}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = "cache"


class Callable:
    def __call__(self, x):
        return x + 1

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return f"any {name}"

    def __add__(self, other):
        return "added"


# %% step:make
s, r, t, c = Slotted([1]), Reduced([2]), Stateful(), Callable()
shared = s.a

# %% step:change
s.a.append(5)
s.b = r
t.kept.append(7)

# %% step:look
print(s.a, s.b is r, r.x, t.kept, t.lock, c(1), c.foo, c + 1, shared is s.a, hasattr(s, "c"))
