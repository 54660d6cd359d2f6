# Data beside the notebook, and local packages with data of their own.
# expect: identical

# %% step:read
import pandas as pd

df = pd.read_csv("data.csv")
print(df)

# %% step:helpers
from helpers import words

print(words())

# %% step:both
import helpers

with open("data.csv") as f:
    print(f.readline().strip(), helpers.words(), df.a.sum())
