# A theme of seaborn.
# expect: identical
# needs: seaborn

# %% step:theme
import seaborn as sns

sns.set_theme(style="dark", rc={"figure.figsize": (2, 1)})
palette = sns.color_palette("husl", 3)

# %% step:plot
import matplotlib.pyplot as plt

plt.bar([1, 2, 3], [3, 2, 1], color=palette)
plt.show()

# %% step:context
sns.set_context("talk")
sns.set_palette("pastel")

# %% step:last
plt.plot([1, 2], "b")
plt.plot([2, 2])
plt.show()
