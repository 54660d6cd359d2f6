# Tensors, views and arrays that share memory still share it.
# expect: identical
# cuts: identical
# needs: torch

# %% step:make
import numpy as np
import torch

base = torch.arange(12.0).reshape(3, 4)
row = base[1]
turned = base.t()
array = np.zeros(3)
wrapped = torch.from_numpy(array)
back = base.numpy()

# %% step:change
row += 100
array[0] = 7

# %% step:look
print(base, turned.shape, turned[0], wrapped, back[1])
print(row.is_contiguous(), turned.is_contiguous(), row.storage_offset(), turned.stride())

# %% step:again
turned.mul_(2)
wrapped.add_(1)
print(base[1], row, array, back.sum())
