# lambdas, partials, lru_cache, wrapped functions, methods of builtins.
# expect: identical

# %% step:make
import functools
import operator

square = lambda x: x * x
compose = lambda f, g: lambda x: f(g(x))
fourth = compose(square, square)
base = functools.partial(int, base=2)
table = {"square": square, "neg": operator.neg, "upper": str.upper, "get": operator.itemgetter(1)}


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


fib(3)

# %% step:use
print(square(3), fourth(2), base("101"), [f(x) for f, x in zip(table.values(), [2, 3, "a", "bc"])])
print(fib(4))

# %% step:last
print(fib.__name__, fib.cache_parameters(), table["square"] is square)
