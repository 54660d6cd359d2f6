# What runs when objects go away would run at another time: refused.
# expect: refused state
# cuts: safe

# %% step:make
class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone", self.name)


a = Loud("a")
b = Loud("b")

# %% step:delete
del a
print("deleted a")

# %% step:last
print(b.name)
b = None
print("end")
