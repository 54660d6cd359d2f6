# An array taken out of a frame that was shown: the notebook's history holds the frame, too.
# expect: identical
# cuts: safe
# needs: pandas

# %% step:make
import pandas as pd

frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
array = frame.to_numpy()
frame.head()

# %% step:read
print(array.sum(), frame["a"].to_numpy(), frame.shape)

# %% step:column
frame["c"] = array[:, 0] * 2
print(frame)

# %% step:look
print(array)
