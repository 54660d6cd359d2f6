# get_ipython(), its namespace and magics by call.
# expect: identical
# cuts: safe

# %% step:make
ip = get_ipython()
ip.run_line_magic("precision", "3")
3.14159265

# %% step:use
get_ipython().user_ns["pushed"] = 5
print(pushed, type(get_ipython()).__name__)

# %% step:look
print(pushed)
get_ipython().run_cell_magic("capture", "caught", "print('x')")
print(caught.stdout)
