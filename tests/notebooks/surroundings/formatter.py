# How a class shows itself, told to IPython.
# expect: refused JK212
# cuts: safe

# %% step:s0
class P:
    def __init__(self, x):
        self.x = x


def show(p, pp, cycle):
    pp.text(f"<<{p.x}>>")


get_ipython().display_formatter.formatters["text/plain"].for_type(P, show)

# %% step:s1
p = P(1)
p

# %% step:s2
P(2)
