# A tensor that was computed from parameters keeps its value; going backward from it in a later step is refused.
# expect: refused state
# needs: torch

# %% step:forward
import torch

weight = torch.ones(3, requires_grad=True)
loss = (weight * 2).sum()

# %% step:look
print(loss, (weight * 2).sum(), loss.item(), loss.detach() + 1, (loss * 2).requires_grad)

# %% step:backward
loss.backward()
print(weight.grad)
