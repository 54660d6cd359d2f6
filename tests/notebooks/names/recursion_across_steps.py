# Recursion, also mutual and over steps.
# expect: identical

# %% step:one
def even(n):
    return True if n == 0 else odd(n - 1)


def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)


# %% step:two
def odd(n):
    return False if n == 0 else even(n - 1)


print(even(4))

# %% step:three
print(odd(7), fact(5))
old = fact


def fact(n):
    return -1


# %% step:four
print(old(3), fact(3))
