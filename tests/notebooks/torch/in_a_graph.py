# A tensor in the middle of a graph has no state that could travel: refused by name.
# expect: refused state
# needs: torch

# %% step:forward
import torch

weight = torch.ones(3, requires_grad=True)
loss = (weight * 2).sum()

# %% step:backward
loss.backward()
print(weight.grad)
