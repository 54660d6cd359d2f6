# Structures that hold themselves.
# expect: identical

# %% step:make
ring = [1]
ring.append(ring)
left, right = {"name": "left"}, {"name": "right"}
left["other"], right["other"] = right, left


class Node:
    def __init__(self, name):
        self.name = name
        self.parent = None
        self.children = []

    def add(self, child):
        child.parent = self
        self.children.append(child)
        return child


root = Node("root")
leaf = root.add(Node("leaf"))

# %% step:look
print(ring, ring[1] is ring)
print(left["other"]["other"] is left, right["other"]["name"])
print(leaf.parent is root, root.children[0] is leaf)

# %% step:change
leaf.name = "changed"
right["name"] = "RIGHT"
print([child.name for child in root.children], left["other"]["name"])

# %% step:last
print(leaf.parent.children[0].name, left["other"] is right, right["name"])
