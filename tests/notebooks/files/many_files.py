# A folder of 10,000 files.
# expect: identical
# cuts: safe

# %% step:write
import os

os.makedirs("many")
for i in range(10_000):
    with open(f"many/{i}", "w") as f:
        f.write(str(i % 7))

# %% step:read
total = sum(int(open(f"many/{n}").read()) for n in os.listdir("many"))
print(len(os.listdir("many")), total)
