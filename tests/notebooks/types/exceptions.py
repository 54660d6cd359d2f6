# Exceptions with causes, notes and tracebacks; classes of them in the notebook.
# expect: identical
# cuts: safe

# %% step:make
class Failed(ValueError):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


try:
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise Failed(5, "failed") from error
except Failed as error:
    kept = error
errors = [KeyError("k"), kept]

# %% step:look
print(repr(kept), kept.code, repr(kept.__cause__), isinstance(kept, Failed), errors[1] is kept)
try:
    raise kept
except ValueError as error:
    print("again", error, error is kept)
