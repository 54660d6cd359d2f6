# What members of an enumeration are given after it was made.
# expect: identical
# cuts: identical

# %% step:s0
import enum


class Color(enum.Enum):
    RED = 1
    BLUE = 2

    def __init__(self, v):
        self.seen = 0


Color.RED.seen = 5

# %% step:s1
print(Color.RED.seen)

# %% step:s2
Color.BLUE.seen += 1
print(Color.BLUE.seen, Color.RED is Color(1))
