# Matplotlib figures and PIL images.
# expect: identical
# needs: PIL

# %% step:make
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

fig, axes = plt.subplots(1, 2, figsize=(2, 1))
axes[0].plot([1, 2])
plt.close(fig)
image = Image.fromarray(np.zeros((4, 4), "uint8"))

# %% step:draw
axes[1].set_title("later")
ImageDraw.Draw(image).point((1, 1), fill=255)

# %% step:look
print(np.asarray(image).sum(), image.size, fig.axes[1].get_title(), axes[0].figure is fig)
fig

# %% step:last
image
