# A class defined anew: old instances keep the old one.
# expect: identical

# %% step:one
class Thing:
    version = 1

    def tell(self):
        return "old", self.version


old = Thing()
Old = Thing

# %% step:two
class Thing:
    version = 2

    def tell(self):
        return "new", self.version


new = Thing()

# %% step:look
print(old.tell(), new.tell(), isinstance(old, Thing), isinstance(old, Old), type(new) is Thing)

# %% step:last
Old.version = 10
print(old.tell(), new.tell(), Old is Thing, Old().tell())
