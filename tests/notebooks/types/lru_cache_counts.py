# What cached functions count, forget and hand out again, whatever they are called with.
# expect: identical

# %% step:define
import functools

calls = []


@functools.lru_cache(maxsize=3, typed=True)
def scale(value, *, by=2):
    calls.append((value, by))
    return [value * by]


def area(width, height):
    print("area", width, height)
    return width * height


fast_area = functools.cache(area)


def counter(start):
    @functools.lru_cache(maxsize=None)
    def count(name):
        print("counted", name, start)
        return start + len(name)

    return count


count = counter(10)


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


# %% step:fill
print(scale(1), scale(1.0), scale(1, by=3), scale(1))
print(fast_area(2, 3), fast_area(2, height=3), count("a"))
try:
    scale([])
except TypeError as error:
    print(error)

# %% step:use
print(scale(1, by=3), scale(2), scale(1.0), calls)
scale(2).append("seen")
print(fast_area(2, 3), fast_area(2, height=3), count("a"), count("bb"), fib(60))

# %% step:tell
print(scale.cache_info(), fast_area.cache_info(), count.cache_info(), scale(2))
print(fib(60))
