# Steps side by side import libraries that set up warning filters of their own.
# expect: identical
# needs: sklearn, scipy

# %% step:data
import warnings

values = [3, 1, 2]

# %% step:one
from sklearn.utils import Bunch

print(Bunch(a=min(values)))

# %% step:two
from scipy import special

print(special.comb(max(values), 1))

# %% step:join
print(sum(values), [f[2].__name__ for f in warnings.filters if "Special" in f[2].__name__])
with warnings.catch_warnings(record=True) as caught:
    warnings.warn("old", DeprecationWarning)
    warnings.warn("rare", special.SpecialFunctionWarning)
    warnings.warn("rare", special.SpecialFunctionWarning)
print([str(each.message) for each in caught])
