# A value that cannot travel: socket.
# expect: refused JK301
# cuts: safe

# %% step:make
import socket

s = socket.socket()

# %% step:use
print(s.family)
