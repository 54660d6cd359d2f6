# A display that a later cell updates.
# expect: identical
# cuts: safe

# %% step:s0
from IPython.display import display, update_display

h = display("one", display_id="spot")

# %% step:s1
update_display("two", display_id="spot")
print("updated")

# %% step:s2
print("end")
