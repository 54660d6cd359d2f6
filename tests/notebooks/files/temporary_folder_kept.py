# A temporary folder of one step is not there in another: found, or clearly refused.
# expect: refused
# cuts: safe

# %% step:make
import os
import tempfile

place = tempfile.mkdtemp()
with open(os.path.join(place, "x.txt"), "w") as f:
    f.write("x")

# %% step:use
print(open(os.path.join(place, "x.txt")).read())
