# An index of dates keeps what it has worked out; resampling in two branches is no change.
# expect: identical
# cuts: safe

# %% step:make
import pandas as pd

days = pd.date_range("2024-01-01", periods=4, freq="D", tz="Europe/Paris")
sales = pd.Series(range(4), index=days)
waits = pd.Series(pd.to_timedelta(["1h", "2h", "3h", "4h"]), index=days)

# %% step:look
print(sales.resample("2D").sum(), days.unit)

# %% step:other
print(sales.resample("D").max(), sales.index.freq, waits.sum(), sales.index.equals(days))

# %% step:last
print(sales.loc["2024-01-02":], waits.dt.total_seconds().tolist(), waits.resample("2D").max())
