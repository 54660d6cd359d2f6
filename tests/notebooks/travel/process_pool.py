# A value that cannot travel: pool.
# expect: refused JK301
# cuts: safe

# %% step:make
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1)

# %% step:use
print(list(pool.map(str, [1])))
