# A small network, its optimizer and its random numbers go on as if the steps were one run.
# expect: identical
# cuts: identical
# needs: torch

# %% step:load
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 3)
y = x @ torch.tensor([1.0, -2.0, 0.5]) + 0.1 * torch.randn(64)

# %% step:model
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
loss_of = nn.MSELoss()
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
losses = []

# %% step:train
for epoch in range(8):
    optimizer.zero_grad()
    loss = loss_of(model(x).squeeze(1), y)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
print([round(each, 6) for each in losses])

# %% step:more
for epoch in range(8):
    optimizer.zero_grad()
    loss = loss_of(model(x).squeeze(1), y)
    loss.backward()
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
print([round(each, 6) for each in losses], scheduler.get_last_lr())
del loss

# %% step:test
model.eval()
with torch.no_grad():
    print(model(x[:5]).squeeze(1), torch.rand(2))
