# polars frames and Arrow tables.
# expect: identical
# needs: polars, pyarrow

# %% step:make
import polars as pl
import pyarrow as pa

df = pl.DataFrame({"a": [1, 2, None], "s": ["x", "y", "z"], "l": [[1], [], [2, 3]]})
lazy = df.lazy().filter(pl.col("a") > 1)
expr = pl.col("a") * 2
table = pa.table({"a": [1, 2], "d": pa.array(["x", "y"]).dictionary_encode()})
array = pa.array([1, None, 3])

# %% step:look
print(df, lazy.collect(), df.select(expr))
print(table.schema, array, table.to_pydict())

# %% step:last
df = df.with_columns(b=pl.lit(1))
print(df.columns, table.num_rows)
