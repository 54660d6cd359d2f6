# A value that cannot travel: open file.
# expect: refused JK301
# cuts: safe

# %% step:make
f = open("x.txt", "w")

# %% step:use
print(f.name)
