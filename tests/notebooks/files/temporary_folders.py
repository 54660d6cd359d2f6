# Temporary folders and files, within and across steps.
# expect: identical
# cuts: safe

# %% step:within
import os
import tempfile

with tempfile.TemporaryDirectory() as place:
    with open(os.path.join(place, "x.txt"), "w") as f:
        f.write("x")
    print(os.listdir(place))
with tempfile.NamedTemporaryFile("w+") as f:
    f.write("abc")
    f.seek(0)
    text = f.read()

# %% step:look
print(text)
