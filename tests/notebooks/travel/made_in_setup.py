# The fix: made in a setup cell, it is made in every step.
# expect: identical

# %% setup
import threading

lock = threading.Lock()

# %% step:one
with lock:
    x = 1

# %% step:two
with lock:
    print(x)
