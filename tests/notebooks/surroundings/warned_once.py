# A warning that is shown once per place.
# expect: identical
# cuts: safe

# %% step:define
import warnings


def old():
    warnings.warn("shown once", UserWarning)


# %% step:one
old()

# %% step:two
old()
print("done")
