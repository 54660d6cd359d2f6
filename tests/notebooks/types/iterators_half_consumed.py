# Iterators that are half consumed: of lists, zips, enumerates, maps, files' lines, chains.
# expect: identical
# cuts: safe

# %% step:make
import itertools

walk = iter([1, 2, 3])
pairs = zip("ab", [1, 2])
numbers = enumerate("xyz")
counter = itertools.count(5)
chain = itertools.chain([1], [2, 3])
back = reversed([1, 2, 3])
keys = iter({"a": 1, "b": 2})
ranged = iter(range(5))
next(walk), next(pairs), next(numbers), next(counter), next(chain), next(back), next(keys), next(ranged)

# %% step:look
print(list(walk), list(pairs), next(numbers), next(counter), list(chain), list(back), list(keys), list(ranged))

# %% step:last
print(list(numbers), next(counter), list(walk))
