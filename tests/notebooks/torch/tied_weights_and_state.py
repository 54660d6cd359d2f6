# Tied parameters stay tied; gradients, buffers, dtypes and state dicts are kept.
# expect: identical
# cuts: identical
# needs: torch

# %% step:model
import torch
from torch import nn


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.out = nn.Linear(3, 5, bias=False)
        self.out.weight = self.embed.weight
        self.norm = nn.BatchNorm1d(3)
        self.register_buffer("seen", torch.zeros(1, dtype=torch.int64))

    def forward(self, words):
        self.seen += words.numel()
        return self.out(self.norm(self.embed(words)))


torch.manual_seed(1)
model = Tied()
words = torch.tensor([0, 1, 2, 3])
half = torch.ones(3, dtype=torch.float16)
brain = torch.ones(3, dtype=torch.bfloat16)
bits = torch.tensor([True, False])
nothing = torch.empty(0, 4)
scalar = torch.tensor(3.5)

# %% step:backward
total = model(words).pow(2).sum()
total.backward()
total = total.item()

# %% step:look
print(round(total, 4), model.out.weight is model.embed.weight, model.seen, model.norm.num_batches_tracked)
print(model.embed.weight.grad.abs().sum(), model.embed.weight.grad.shape)

# %% step:change
with torch.no_grad():
    model.embed.weight.zero_()
print(model.out.weight.sum(), sorted(model.state_dict()))

# %% step:last
print(half * 2, brain + 1, bits, nothing.shape, scalar, torch.get_default_dtype())
