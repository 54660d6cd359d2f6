# A list nested 10,000 deep, and a long linked list.
# expect: identical

# %% step:make
deep = []
for _ in range(10_000):
    deep = [deep]


class Node:
    def __init__(self, next):
        self.next = next


chain = None
for _ in range(3_000):
    chain = Node(chain)

# %% step:look
depth, at = 0, deep
while at:
    at, depth = at[0], depth + 1
length, node = 0, chain
while node:
    node, length = node.next, length + 1
print(depth, length)
