# A value that cannot travel: lock.
# expect: refused JK301
# cuts: safe

# %% step:make
import threading

lock = threading.Lock()

# %% step:use
with lock:
    print("held")
