# Options of pandas and NumPy, set, reset and used later.
# expect: identical

# %% step:set
import numpy as np
import pandas as pd

pd.options.display.max_rows = 4
pd.set_option("display.precision", 3, "display.max_columns", 2)
np.set_printoptions(precision=2, suppress=True)
old = np.seterr(divide="ignore")

# %% step:make
df = pd.DataFrame(np.arange(40.0).reshape(10, 4) / 7, columns=list("abcd"))

# %% step:look
df

# %% step:more
print(np.array([1 / 3, 1e-9]), np.array([1.0]) / 0)
pd.reset_option("display.precision")

# %% step:last
print(df)
pd.get_option("display.precision"), np.geterr()["divide"]
