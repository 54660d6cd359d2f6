# Level names, loggers that do not propagate, warnings that go to logging, and a logger without a handler of its own.
# expect: identical

# %% step:setup
import logging
import sys
import warnings

logging.addLevelName(25, "NOTICE")
logging.basicConfig(level=20, stream=sys.stdout, format="%(levelname)s:%(message)s")
logging.getLogger("alone").propagate = False
logging.captureWarnings(True)
logging.getLogger("alone").addHandler(logging.NullHandler())

# %% step:use
logging.log(25, "noticed")
logging.getLogger("alone").info("nobody hears")
print(logging.getLevelName(25), logging.getLogger("alone").propagate)

# %% step:warn
warnings.filterwarnings("always")
warnings.showwarning("spoken", UserWarning, "here", 1, None, "line")
logging.captureWarnings(False)
