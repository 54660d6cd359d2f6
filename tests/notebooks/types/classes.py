# Classes of the notebook: identity, isinstance, inheritance over steps, state.
# expect: identical

# %% step:base
import abc


class Base(abc.ABC):
    kind = "base"
    made = []

    def __init__(self):
        self.made.append(self.kind)

    @abc.abstractmethod
    def hello(self):
        """Say it."""

    @classmethod
    def new(cls):
        return cls()

    @staticmethod
    def two():
        return 2

    @property
    def loud(self):
        return self.hello().upper()


# %% step:child
class Child(Base):
    kind = "child"

    def hello(self):
        return "hello"

    def __repr__(self):
        return f"Child({self.kind})"

    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return 1


one = Child.new()
table = {one: "found"}

# %% step:use
print(isinstance(one, Base), isinstance(one, Child), type(one) is Child, one.loud, Base.two())
print(Base.made, Child.mro()[1] is Base, issubclass(Child, Base), table[Child()])

# %% step:grand
class Grand(Child):
    def hello(self):
        return super().hello() + "!"


both = [one, Grand()]

# %% step:last
print([x.hello() for x in both], Base.made, Grand.__mro__[1] is type(both[0]))
print(Child.__subclasses__())
