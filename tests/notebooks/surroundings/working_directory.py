# os.chdir and %cd.
# expect: identical

# %% step:make
import os

os.makedirs("inner/deeper", exist_ok=True)
os.chdir("inner")
with open("a.txt", "w") as f:
    f.write("a")

# %% step:look
print(os.path.basename(os.getcwd()), os.listdir())

# %% step:magic
%cd -q deeper
open("b.txt", "w").close()

# %% step:last
print(os.path.basename(os.getcwd()), os.listdir("."), sorted(os.listdir("..")))
os.chdir("../..")

# %% step:back
print(os.path.exists("inner/deeper/b.txt"))
