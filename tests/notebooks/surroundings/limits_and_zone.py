# sys.setrecursionlimit, the time zone, the locale.
# expect: identical

# %% step:set
import locale
import os
import sys
import time

sys.setrecursionlimit(5000)
os.environ["TZ"] = "Asia/Tokyo"
time.tzset()
locale.setlocale(locale.LC_ALL, "C")

# %% step:look
import time


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(3500), sys.getrecursionlimit(), time.tzname, locale.setlocale(locale.LC_ALL))

# %% step:last
import datetime

print(datetime.datetime.fromtimestamp(0).isoformat(), time.strftime("%H", time.localtime(0)))
