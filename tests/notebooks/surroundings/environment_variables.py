# os.environ: set, changed, deleted, by %env and by !export's children.
# expect: identical

# %% step:set
import os

os.environ["MY_SETTING"] = "one"
os.environ.setdefault("MY_OTHER", "x")
%env MY_MAGIC=magic

# %% step:look
print(os.environ["MY_SETTING"], os.getenv("MY_MAGIC"))
!echo $MY_SETTING

# %% step:change
os.environ["MY_SETTING"] += "+two"
del os.environ["MY_OTHER"]
os.putenv("UNSEEN", "1")

# %% step:last
print(os.environ["MY_SETTING"], "MY_OTHER" in os.environ)
