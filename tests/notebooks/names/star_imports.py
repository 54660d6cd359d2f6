# Star imports of installed modules.
# expect: identical

# %% step:one
from math import *
from os.path import *

print(sqrt(16), join("a", "b"))

# %% step:two
print(floor(2.7), basename("x/y"))
pi = 3

# %% step:three
print(pi, tau > 6)
