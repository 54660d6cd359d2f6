# Files written, appended, read back, deleted, moved; in sub-folders.
# expect: identical

# %% step:write
import os
import pathlib
import shutil

with open("a.txt", "w") as f:
    f.write("one\n")
os.makedirs("out/deep", exist_ok=True)
pathlib.Path("out/deep/b.txt").write_text("b")
pathlib.Path("gone.txt").touch()

# %% step:append
with open("a.txt", "a") as f:
    f.write("two\n")
os.remove("gone.txt")

# %% step:read
print(open("a.txt").read(), pathlib.Path("out", "deep", "b.txt").read_text(), os.path.exists("gone.txt"))

# %% step:move
shutil.move("out/deep/b.txt", "out/c.txt")
os.rename("a.txt", "renamed.txt")
shutil.copytree("out", "copy")

# %% step:last
print(sorted(p.as_posix() for p in pathlib.Path("out").rglob("*")), os.path.exists("a.txt"))
print(open("renamed.txt").readlines(), sorted(os.listdir("copy")))
shutil.rmtree("copy")

# %% step:end
print(os.path.isdir("copy"), os.path.getsize("renamed.txt"))
