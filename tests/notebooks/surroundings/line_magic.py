# A magic of the notebook's own.
# expect: refused JK212
# cuts: safe

# %% step:s0
from IPython.core.magic import register_line_magic
@register_line_magic
def hello(line):
    print("hello", line)

# %% step:s1
%hello you

# %% step:s2
get_ipython().run_line_magic("hello", "me")
