# The context of decimal.
# expect: identical

# %% step:set
from decimal import ROUND_DOWN, Decimal, getcontext

getcontext().prec = 5
x = Decimal(1) / Decimal(7)

# %% step:look
print(x, Decimal(2) / 3)
getcontext().rounding = ROUND_DOWN

# %% step:last
print(Decimal(2) / 3, getcontext().prec, x.quantize(Decimal("0.01")))
