# One branch changes through another name what the other reads.
# expect: identical

# %% step:load
class Box:
    def __init__(self, content):
        self.content = content

    def put(self, x):
        self.content.append(x)


items = [1]
box = Box(items)

# %% step:change
box.put(2)

# %% step:read
print(items)

# %% step:both
items.append(3)
print(box.content)
