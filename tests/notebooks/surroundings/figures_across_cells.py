# Figures: made in one step, drawn on and shown in another.
# expect: identical

# %% step:make
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(2, 1))
ax.plot([1, 2, 3], label="first")
plt.close(fig)

# %% step:more
ax.plot([3, 2, 1], label="second")
ax.legend()
print(len(ax.lines), ax.figure is fig)

# %% step:show
fig

# %% step:new
other = plt.figure(figsize=(1, 1))
print(plt.get_fignums())
