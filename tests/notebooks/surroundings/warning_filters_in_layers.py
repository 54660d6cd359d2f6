# Warning filters that steps put in front, append, move and take out.
# expect: identical

# %% step:front
import warnings

warnings.filterwarnings("ignore", message="quiet")
warnings.filterwarnings("error", message="rare", append=True)

# %% step:move
warnings.simplefilter("always", UserWarning)
warnings.filterwarnings("ignore", message="quiet")
print([each[:1] + (each[1] and each[1].pattern, each[2].__name__) for each in warnings.filters][:2])

# %% step:out
warnings.warn("quiet")
warnings.warn("loud")
warnings.simplefilter("ignore", UserWarning, append=True)

# %% step:reset
print(len(warnings.filters), warnings.filters[-1][:1])
warnings.resetwarnings()
warnings.simplefilter("error")

# %% step:last
print(warnings.filters)
try:
    warnings.warn("raised")
except UserWarning as error:
    print("raised", error)
