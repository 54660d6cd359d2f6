# A base class that records its subclasses.
# expect: identical

# %% step:define
class Plugin:
    plugins = []

    def __init_subclass__(cls, **more):
        super().__init_subclass__(**more)
        cls.plugins.append(cls.__name__)


# %% step:derive
class Dog(Plugin):
    def speak(self):
        return "woof"


dog = Dog()

# %% step:look
print(Plugin.plugins, dog.speak())

# %% step:more
class Cat(Plugin):
    pass


# %% step:last
print(Plugin.plugins, Dog.plugins is Plugin.plugins)
