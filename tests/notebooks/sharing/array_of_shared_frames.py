# An array taken out of a frame whose memory other frames share; the frame is then written in place.
# expect: refused state
# needs: pandas

# %% step:make
import pandas as pd

frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
other = frame[:]
array = frame.to_numpy()

# %% step:read
print(array.sum(), frame.shape)

# %% step:write
frame.iloc[0, 0] = 9.0
print(frame.iloc[0, 0])

# %% step:look
print(array, other)
