# Both branches write one file by a path that is not literal.
# expect: identical
# cuts: safe

# %% step:path
import pathlib

names = ["log"]


def place():
    return pathlib.Path(names[0] + ".txt")


# %% step:left
place().write_text("left")

# %% step:right
with place().open("a") as f:
    f.write("right")

# %% step:join
print(place().read_text())
