# A colour map that Matplotlib is told of.
# expect: refused JK212
# cuts: safe

# %% step:s0
import matplotlib as mpl
from matplotlib.colors import ListedColormap

mpl.colormaps.register(ListedColormap(["red", "blue"], name="mine"))

# %% step:s1
print(mpl.colormaps["mine"].N)

# %% step:s2
import matplotlib.pyplot as plt

print(plt.get_cmap("mine").name)
