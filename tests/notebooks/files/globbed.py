# Files found by glob, walk and listdir.
# expect: identical

# %% step:write
import pathlib

folder = pathlib.Path("parts")
folder.mkdir()
for i in range(3):
    (folder / f"part-{i}.txt").write_text(str(i))

# %% step:glob
import glob
import os

names = sorted(glob.glob("parts/*.txt"))
print(names, [open(n).read() for n in names])

# %% step:more
(folder / "part-9.txt").write_text("9")
os.remove(names[0])

# %% step:last
print(sorted(os.listdir("parts")), sorted(p.name for p in folder.iterdir()), [d for d, _, f in os.walk("parts")])
