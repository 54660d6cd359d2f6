# Descriptors of the notebook.
# expect: identical

# %% step:define
class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, owner):
        return self if obj is None else getattr(obj, self.name)

    def __set__(self, obj, value):
        if value < 0:
            raise ValueError("negative")
        setattr(obj, self.name, value)


class Dog:
    size = Positive()


dog = Dog()
dog.size = 3

# %% step:look
try:
    dog.size = -1
except ValueError as error:
    print(error, dog.size, Dog.size.name)

# %% step:last
dog.size = 7
print(dog.size, vars(dog))
