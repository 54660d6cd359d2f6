# The usual: a column and its array beside the frame; none is written again.
# expect: identical
# needs: pandas

# %% step:make
import pandas as pd

frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [3.0, 4.0, 5.0]})
target = frame["b"]
labels = target.to_numpy()
rest = frame.drop(columns="b")

# %% step:use
print(labels.mean(), rest.sum().to_dict(), target.max())

# %% step:change
frame["c"] = frame["a"] * labels
rest = rest * 2
print(frame, rest)

# %% step:look
print(labels, target, frame)
