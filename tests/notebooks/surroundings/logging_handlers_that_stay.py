# Handlers and filters of the notebook's own cannot travel: a later step that logs past them is refused.
# expect: refused state

# %% step:setup
import logging

lines = []


class Kept(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())


log = logging.getLogger("kept")
log.setLevel(logging.INFO)
log.propagate = False
log.addHandler(Kept())
log.info("first")
print(lines)

# %% step:quiet
log.debug("below the level")
print(log.level, log.propagate)

# %% step:late
log.info("second")
print(lines)
