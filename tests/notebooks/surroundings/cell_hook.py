# A function that IPython calls after each cell.
# expect: refused JK212
# cuts: safe

# %% step:s0
def tell(*a):
    print("ran")


get_ipython().events.register("post_run_cell", tell)

# %% step:s1
print("a")

# %% step:s2
get_ipython().events.unregister("post_run_cell", tell)
print("b")
