# datetimes, patterns, paths, UUIDs, big ints, NaN, fractions, complex, ranges, slices, bytes.
# expect: identical

# %% step:make
import datetime as dt
import fractions
import math
import pathlib
import re
import uuid
import zoneinfo

tz = zoneinfo.ZoneInfo("America/New_York")
when = dt.datetime(2024, 3, 10, 1, 30, tzinfo=tz)
fixed = dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
pattern = re.compile(r"(?P<x>\d+)", re.IGNORECASE)
match = pattern.search("a12")
found = match.group("x")
path = pathlib.Path("a") / "b.txt"
ident = uuid.UUID(int=5)
huge = 10**100 + 1
nan = float("nan")
numbers = [nan, math.inf, -0.0, 1e-320]
frac, z = fractions.Fraction(1, 3), 1 + 2j
steps, cut = range(1, 10, 2), slice(1, None, 2)
raw, view = b"\x00\xff", bytearray(b"abc")
none, dots, no = None, ..., NotImplemented
kinds = (int, list, type(None), dict[str, int])

# %% step:look
print(when, fixed.isoformat(), when.tzinfo is tz, pattern, found, path, ident, huge)
print(numbers, nan in numbers, frac, z, steps, cut, raw, view, none, dots is Ellipsis, no is NotImplemented, kinds)
print(when + dt.timedelta(days=1), math.copysign(1, numbers[2]), list(steps)[cut])
