# Views of an array see what is written through the other.
# expect: identical

# %% step:make
import numpy as np

whole = np.zeros(10)
head = whole[:3]
every = whole[::2]
square = whole[:9].reshape(3, 3)
flipped = square.T

# %% step:write
head[:] = 7

# %% step:look
print(whole, every)
print(square)

# %% step:write-more
flipped[2, 0] = -1

# %% step:last
print(whole)
print(head.base is whole, np.shares_memory(square, every))
