# A value that cannot travel: thread.
# expect: refused JK301
# cuts: safe

# %% step:make
import threading

t = threading.Thread(target=print)
t.start()

# %% step:use
t.join()
print(t.is_alive())
