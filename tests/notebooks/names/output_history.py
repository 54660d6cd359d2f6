# Out, _, In: the history of one session.
# expect: refused JK206
# cuts: safe

# %% step:make
21 * 2

# %% step:use
print(_ + 1)
Out
