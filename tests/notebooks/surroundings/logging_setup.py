# logging is set up in one step and used in others.
# expect: identical

# %% step:setup
import logging
import sys

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
log = logging.getLogger("mine")
log.setLevel(logging.DEBUG)

# %% step:one
log.debug("debug")
logging.info("root")

# %% step:two
import logging

logging.getLogger("mine.child").info("child")
logging.getLogger().setLevel(logging.ERROR)

# %% step:three
log.info("still")
logging.warning("not shown")
print(log.level, log.name, log is logging.getLogger("mine"))
