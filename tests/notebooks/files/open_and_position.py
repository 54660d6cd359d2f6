# A file that stays open cannot travel.
# expect: refused JK301
# cuts: safe

# %% step:open
f = open("log.txt", "w")
f.write("a")

# %% step:use
f.write("b")
f.close()
