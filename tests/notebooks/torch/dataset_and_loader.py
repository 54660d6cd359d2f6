# Data sets and loaders, a generator of their own, classes of the user.
# expect: identical
# cuts: identical
# needs: torch

# %% step:data
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split


class Squares(Dataset):
    def __init__(self, n):
        self.values = torch.arange(n, dtype=torch.float32)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return self.values[index], self.values[index] ** 2


squares = Squares(20)
generator = torch.Generator().manual_seed(3)
train, test = random_split(squares, [15, 5], generator=generator)
loader = DataLoader(train, batch_size=4, shuffle=True, generator=generator)

# %% step:epoch
print([batch[0].tolist() for batch in loader])

# %% step:next
print([batch[0].tolist() for batch in loader], list(test.indices))
pairs = TensorDataset(squares.values, squares.values + 1)

# %% step:last
print(pairs[3], len(loader), torch.randperm(5, generator=generator))
