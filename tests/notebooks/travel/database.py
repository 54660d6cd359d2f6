# A value that cannot travel: connection to a database.
# expect: refused JK301
# cuts: safe

# %% step:make
import sqlite3

con = sqlite3.connect(":memory:")

# %% step:use
print(con.execute("select 1").fetchone())
