# Warning filters, in several ways.
# expect: identical

# %% step:filter
import warnings

warnings.filterwarnings("ignore", message="quiet")
warnings.simplefilter("ignore", DeprecationWarning)

# %% step:warn
warnings.warn("quiet now")
warnings.warn("loud")
warnings.warn("old", DeprecationWarning)

# %% step:error
warnings.filterwarnings("error", category=UserWarning)

# %% step:last
try:
    warnings.warn("raised")
except UserWarning as error:
    print("raised", error)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("caught")
print(len(caught))
