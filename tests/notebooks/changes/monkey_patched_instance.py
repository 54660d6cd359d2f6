# A method put on one instance, and on the class.
# expect: identical

# %% step:define
import types


class Thing:
    def hello(self):
        return "hello"


one, two = Thing(), Thing()

# %% step:patch
def louder(self):
    return "HELLO"


one.hello = types.MethodType(louder, one)
two.hello = lambda: "lambda"

# %% step:look
print(one.hello(), two.hello(), Thing().hello())

# %% step:class
Thing.hello = louder
Thing.shout = lambda self: self.hello() + "!"

# %% step:last
print(Thing().hello(), one.shout(), two.shout())
