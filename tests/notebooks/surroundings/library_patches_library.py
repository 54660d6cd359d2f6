# A library that changes how another one shows its objects, as it is told by a call.
# expect: identical

# %% step:start
import seaborn as sns

sns.palettes._patch_colormap_display()

# %% step:show
sns.blend_palette(["#bdc", "#7b9"], as_cmap=True)

# %% step:again
import matplotlib as mpl

mpl.colormaps["viridis"]
