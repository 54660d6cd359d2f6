# Decorators that record calls.
# expect: identical

# %% step:define
import functools

calls = []


def traced(function):
    @functools.wraps(function)
    def wrapper(*args):
        calls.append((function.__name__, args))
        return function(*args)

    wrapper.count = 0
    return wrapper


@traced
def square(x):
    """Squares."""
    return x * x


# %% step:call
print(square(3), square.__doc__)
square.count += 1

# %% step:look
print(calls, square.count)

# %% step:again
square(4)

# %% step:last
print(calls, square.__name__, square.__wrapped__(5))
