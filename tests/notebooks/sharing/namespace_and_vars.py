# Options as attributes and as a dict: one thing under two names.
# expect: identical

# %% step:options
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.1)
options = parser.parse_args([])
table = vars(options)

# %% step:change
table["rate"] = 0.5
options.epochs = 3

# %% step:look
print(options, table, table is vars(options))
