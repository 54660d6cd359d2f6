# The default dtype, gradient mode and print options are the next step's too.
# expect: identical
# cuts: safe
# needs: torch

# %% step:set
import torch

torch.set_default_dtype(torch.float64)
torch.set_printoptions(precision=2, sci_mode=False)
torch.set_grad_enabled(False)

# %% step:look
x = torch.tensor([1.23456, 2.0], requires_grad=True)
print(x, (x * 2).requires_grad, torch.zeros(1).dtype)

# %% step:threads
torch.set_grad_enabled(True)
print((x * 2).requires_grad, torch.is_grad_enabled())

# %% step:last
print(torch.tensor([1.23456]), (x * 2).requires_grad)
