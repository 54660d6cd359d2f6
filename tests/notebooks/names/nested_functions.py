# Nested functions and closures, also over loop variables.
# expect: identical

# %% step:define
def outer(n):
    def middle():
        def inner(x):
            return x * n + offset

        return inner

    return middle()


makers = [lambda x, i=i: x * i for i in range(3)]
late = [lambda x: x * i for i in range(3)]

# %% step:bind
offset = 10
times = outer(3)
print(times(2))

# %% step:rebind
offset = 100
print(times(2), [m(2) for m in makers])

# %% step:look
print(times(5), outer(1)(1))
print([f(2) for f in late] if False else [m(5) for m in makers])
