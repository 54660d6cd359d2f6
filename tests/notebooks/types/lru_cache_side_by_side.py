# Two branches with one function that only reckons: they stay side by side.
# expect: identical

# %% step:define
import functools


@functools.lru_cache(maxsize=None)
def ways(n, k):
    """How many ways there are to choose k of n."""
    if k == 0 or k == n:
        return 1
    total = ways(n - 1, k)
    total += ways(n - 1, k - 1)
    return total


# %% step:left after:define
print(ways(10, 3))

# %% step:right after:define
print(ways(12, 5))

# %% step:join after:left after:right
print(ways(12, 5) - ways(10, 3))
