# A generator that is half consumed cannot travel.
# expect: refused JK301
# cuts: safe

# %% step:make
def numbers():
    yield 1
    yield 2


gen = numbers()
print(next(gen))

# %% step:use
print(next(gen))
