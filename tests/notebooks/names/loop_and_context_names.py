# Loop variables stay; `except … as` goes; `with … as` stays.
# expect: identical

# %% step:make
import io
import contextlib

for i, letter in enumerate("abc"):
    last = letter
with io.StringIO("text") as buffer, contextlib.suppress(ValueError):
    content = buffer.read()
err = "before"
try:
    1 / 0
except ZeroDivisionError as err:
    message = str(err)

# %% step:look
print(i, letter, last, content, message)
print("err" in dir())

# %% step:last
try:
    err
except NameError:
    print("gone")
print(letter)
