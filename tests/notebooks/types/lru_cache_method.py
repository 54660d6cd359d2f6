# A method whose results are remembered, on an object that later steps use.
# expect: identical

# %% step:define
from functools import lru_cache


class Table:
    def __init__(self, name):
        self.name = name

    @lru_cache(maxsize=None)
    def rows(self, count):
        print("reading", self.name, count)
        return [self.name] * count


table = Table("a")

# %% step:first
table.rows(2).append("more")

# %% step:again
print(table.rows(2), Table.rows.cache_info().currsize)
