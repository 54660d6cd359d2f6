# What cannot travel but is not needed later does no harm.
# expect: identical
# cuts: safe

# %% step:make
import sqlite3
import threading

con = sqlite3.connect(":memory:")
lock = threading.Lock()
numbers = (n for n in range(3))
with lock:
    total = sum(numbers) + con.execute("select 5").fetchone()[0]

# %% step:use
print(total)

# %% step:other
con = sqlite3.connect(":memory:")
print(con.execute("select 6").fetchone(), total)
