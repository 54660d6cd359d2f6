"""The surroundings that travel, one small entry each: its name, the module it lives in, how to get and to set it.

To add one, write two functions and a line in `SURROUNDINGS`. A value has to be picklable and must not differ
between two processes that did nothing.
"""

from __future__ import annotations

import contextlib
import decimal
import locale
import logging
import os
import random
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import LoggingError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Place:
    """Where the step runs: the working directory, the folder of its cells, its namespace."""

    root: Path
    folder: Path
    namespace: dict[str, Any]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))  # when the step began

    def encode(self, path: str) -> str | None:
        """A path in the working directory, relative to the cells' folder; None for others."""
        inside = os.path.realpath(path) == str(self.root) or os.path.realpath(path).startswith(
            f"{self.root}/"
        )
        return os.path.relpath(os.path.realpath(path), self.folder) if inside else None

    def decode(self, relative: str) -> str:
        """Back."""
        return os.path.normpath(self.folder / relative)


@dataclass(frozen=True)
class Layers:
    """How a piece travels that each step only adds to: what it made of it, and not all of it.

    `put` then takes the list of what the steps before did, in notebook order.
    """

    difference: Callable[[Any, Any], Any]
    clashing: Callable[[Any], Any]  # what two steps side by side must not both do; falsy: nothing


@dataclass(frozen=True)
class Surrounding:
    """One piece. Two steps side by side must not both change it."""

    name: str
    module: str
    get: Callable[[Place], Any]
    put: Callable[[Place, Any], None]
    random: bool = False
    layers: Layers | None = None


def _module(name: str) -> Any:  # noqa: ANN401
    return sys.modules[name]


def _numpy_random_get(_: Place) -> Any:  # noqa: ANN401
    return _module("numpy").random.get_state(legacy=False)


def _numpy_random_put(_: Place, state: Any) -> None:  # noqa: ANN401
    _module("numpy").random.set_state(state)


def _torch_get(_: Place) -> Any:  # noqa: ANN401
    torch = _module("torch")
    return {
        "state": torch.get_rng_state().numpy().tobytes(),
        "dtype": str(torch.get_default_dtype()).removeprefix("torch."),
    }


def _torch_put(_: Place, value: Any) -> None:  # noqa: ANN401
    torch = _module("torch")
    torch.set_rng_state(torch.frombuffer(bytearray(value["state"]), dtype=torch.uint8))
    torch.set_default_dtype(getattr(torch, value["dtype"]))


def _pandas_options() -> dict[str, Any]:
    from pandas._config import config

    return {key: option.defval for key, option in config._registered_options.items()}


def _pandas_get(_: Place) -> Any:  # noqa: ANN401
    from pandas._config import config

    found = {}
    for key, default in _pandas_options().items():
        value: Any = config._global_config
        for part in key.split("."):
            value = value[part]
        if type(value) is not type(default) or value != default:
            found[key] = value
    return found


def _pandas_put(place: Place, options: Any) -> None:  # noqa: ANN401
    pandas = _module("pandas")
    defaults = _pandas_options()
    now = _pandas_get(place)
    for key in {*now, *options}:
        if key in options:
            if key in defaults and (key not in now or now[key] is not options[key]):
                pandas.set_option(key, options[key])
        else:
            pandas.set_option(key, defaults[key])


def _numpy_get(_: Place) -> Any:  # noqa: ANN401
    numpy = _module("numpy")
    return {"print": numpy.get_printoptions(), "errors": numpy.geterr()}


def _numpy_put(_: Place, value: Any) -> None:  # noqa: ANN401
    numpy = _module("numpy")
    numpy.set_printoptions(**value["print"])
    numpy.seterr(**value["errors"])


def _matplotlib_get(_: Place) -> Any:  # noqa: ANN401
    matplotlib = _module("matplotlib")
    params = {key: dict.__getitem__(matplotlib.rcParams, key) for key in matplotlib.rcParams}
    colours = {}
    if "matplotlib.colors" in sys.modules:
        table = _module("matplotlib.colors").colorConverter.colors
        colours = {key: table[key] for key in "bgrmyck" if key in table}
    # The backend turns `interactive` on when it draws the first figure: only what a cell turned off after that counts.
    backend = getattr(sys.modules.get("matplotlib.pyplot"), "_backend_mod", None)
    return {
        "params": {
            key: value for key, value in params.items() if "backend" not in key and key != "interactive"
        },
        "colours": colours,
        "off": backend is not None and not params["interactive"],
        "colormap": _own_colormap(params["image.cmap"]),
    }


def _own_colormap(name: str) -> Any:  # noqa: ANN401
    """The default colormap, where a library or a cell has registered it."""
    if "matplotlib.cm" not in sys.modules:
        return None
    known = _module("matplotlib").colormaps
    return known[name] if name in known and name not in known._builtin_cmaps else None


def _matplotlib_put(_: Place, value: Any) -> None:  # noqa: ANN401
    matplotlib = _module("matplotlib")
    dict.update(matplotlib.rcParams, value["params"])
    if value["off"]:
        import matplotlib.pyplot as pyplot

        pyplot._get_backend_mod()
        pyplot.ioff()
    if value["colormap"] is not None:
        from matplotlib import colormaps

        if value["params"]["image.cmap"] not in colormaps:
            colormaps.register(value["colormap"], name=value["params"]["image.cmap"])
    if value["colours"]:
        import matplotlib.colors as colors

        colors.colorConverter.colors.update(value["colours"])
        colors.colorConverter.cache.clear()


def _sklearn_get(_: Place) -> Any:  # noqa: ANN401
    from sklearn import get_config

    return get_config()


def _sklearn_put(_: Place, value: Any) -> None:  # noqa: ANN401
    from sklearn import set_config

    set_config(**value)


def _polars_get(_: Place) -> Any:  # noqa: ANN401
    return _module("polars").Config.save()


def _polars_put(_: Place, value: Any) -> None:  # noqa: ANN401
    _module("polars").Config.load(value)


def _environment_get(place: Place) -> Any:  # noqa: ANN401
    now = dict(os.environ)
    kept = {key: value for key, value in sorted(now.items()) if place.environment.get(key) != value}
    return {"set": kept, "deleted": sorted(set(place.environment) - set(now))}


def _environment_put(_: Place, value: Any) -> None:  # noqa: ANN401
    for key in value["deleted"]:
        os.environ.pop(key, None)
    os.environ.update(value["set"])
    if "TZ" in (*value["set"], *value["deleted"]) and hasattr(time, "tzset"):
        time.tzset()


def _folder_get(place: Place) -> Any:  # noqa: ANN401
    here = os.getcwd()  # noqa: PTH109 - a string as the cells see it
    relative = place.encode(here)
    return {"relative": relative} if relative is not None else {"absolute": here}


def _folder_put(place: Place, value: Any) -> None:  # noqa: ANN401
    os.chdir(place.decode(value["relative"]) if "relative" in value else value["absolute"])


def _path_get(place: Place) -> Any:  # noqa: ANN401
    inside = ((entry, place.encode(entry)) for entry in sys.path if entry)
    return [
        {"at": sys.path.index(entry), "relative": relative}
        for entry, relative in inside
        if relative is not None
    ]


def _path_put(place: Place, value: Any) -> None:  # noqa: ANN401
    for each in value:
        entry = place.decode(each["relative"])
        if entry not in sys.path:
            sys.path.insert(each["at"], entry)


def _mask_get(_: Place) -> Any:  # noqa: ANN401
    mask = os.umask(0o077)  # it can only be read by setting it
    os.umask(mask)
    return mask


def _mask_put(_: Place, mask: int) -> None:
    os.umask(mask)


_DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


def _decimal_get(_: Place) -> Any:  # noqa: ANN401
    context = decimal.getcontext()
    plain = {name: getattr(context, name) for name in _DECIMAL}
    return {**plain, "traps": [kind.__name__ for kind, on in context.traps.items() if on]}


def _decimal_put(_: Place, value: Any) -> None:  # noqa: ANN401
    for context in (decimal.getcontext(), decimal.DefaultContext):  # cells may run in contexts of their own
        for name in _DECIMAL:
            setattr(context, name, value[name])
        for kind in context.traps:
            context.traps[kind] = kind.__name__ in value["traps"]


def _filters_difference(before: list[Any], now: list[Any]) -> dict[str, Any]:
    """What was put in front, what was taken out, what was appended. Filters stand in the order of their force."""
    end = len(now)
    while end and now[end - 1] not in before:
        end -= 1
    end = end or len(now)
    start, place = end, len(before)
    while start:
        earlier = [at for at in range(place) if before[at] == now[start - 1]]
        if not earlier:
            break
        start, place = start - 1, earlier[-1]
    kept = now[start:end]
    return {
        "front": now[:start],
        "gone": [each for each in before if each not in kept],
        "end": now[end:],
    }


def _filters_clashing(difference: Any) -> Any:  # noqa: ANN401
    """Filters for all warnings of Python's own kinds. What a library sets up for itself is no clash."""
    return [
        each
        for each in (*difference["front"], *difference["end"])
        if each[1] is None and each[3] is None and each[2].__module__ == "builtins"
    ]


def _filters_put(_: Place, layers: Any) -> None:  # noqa: ANN401
    for each in layers:
        moved = [*each["gone"], *each["front"]]
        kept = [known for known in warnings.filters if known not in moved]
        kept += [known for known in each["end"] if known not in kept]
        warnings.filters[:] = [*each["front"], *kept]  # type: ignore[index]
    mutated = getattr(warnings, "_filters_mutated", None) or getattr(
        warnings, "_filters_mutated_lock_held", None
    )
    if mutated is not None:
        with contextlib.suppress(RuntimeError):
            mutated()


class _Stayed(logging.Handler):
    """Stands for a handler or filter that stays in an earlier step: nothing may be logged past it."""

    def __init__(self, logger: logging.Logger, kind: str) -> None:
        super().__init__()
        self.logger, self.kind = logger, kind

    def emit(self, record: logging.LogRecord) -> None:
        if self.kind not in _immovable(self.logger, stayed=False):  # a library may have made its own anew
            raise LoggingError


def _immovable(logger: logging.Logger, *, stayed: bool = True) -> list[str]:
    """The kinds of handlers and filters of a logger that cannot be made again in another process."""
    found = [f"{type(each).__module__}.{type(each).__qualname__}" for each in logger.filters]
    for handler in logger.handlers:
        if isinstance(handler, _Stayed):
            found += [handler.kind] if stayed else []
        elif not isinstance(handler, logging.NullHandler) and not _is_plain_handler(handler):
            found.append(f"{type(handler).__module__}.{type(handler).__qualname__}")
    return sorted(found)


def _logging_get(place: Place) -> Any:  # noqa: ANN401
    manager = logging.root.manager
    loggers = {"": logging.root, **manager.loggerDict}
    found = {}
    for name, logger in sorted(loggers.items()):
        if not isinstance(logger, logging.Logger):
            continue
        handlers = [_handler_spec(place, handler) for handler in logger.handlers]
        plain = [handler for handler in handlers if handler is not None]
        default = logger.level == (logging.WARNING if not name else 0)
        stays = _immovable(logger)
        if plain or stays or not default or logger.disabled or not logger.propagate:
            found[name] = {
                "level": logger.level, "disabled": logger.disabled, "propagate": logger.propagate,
                "handlers": plain, "stays": stays,
            }  # fmt: skip
    return {
        "loggers": found,
        "disable": manager.disable,
        "levels": dict(logging._levelToName),
        "warnings": logging._warnings_showwarning is not None,  # type: ignore[attr-defined]
    }


def _is_plain_handler(handler: logging.Handler) -> bool:
    """Whether it writes to a stream or file, in one of logging's own formats: that can be made again."""
    formatter = handler.formatter
    if handler.filters or (formatter is not None and type(formatter) is not logging.Formatter):
        return False
    if type(handler) is logging.StreamHandler:
        return handler.stream in (sys.stderr, sys.stdout)
    return type(handler) is logging.FileHandler


def _handler_spec(place: Place, handler: logging.Handler) -> dict[str, Any] | None:
    """What makes the same handler again; None for kinds that cannot be."""
    if not _is_plain_handler(handler):
        return None
    formatter = handler.formatter
    spec: dict[str, Any] = {"level": handler.level}
    if formatter is not None:
        style = {"%": "%", "{": "{", "$": "$"}[formatter._style.default_format[0]]
        spec |= {"format": formatter._fmt, "dates": formatter.datefmt, "style": style}
    if type(handler) is logging.StreamHandler:
        return {**spec, "stream": "stdout" if handler.stream is sys.stdout else "stderr"}
    assert isinstance(handler, logging.FileHandler)
    path = place.encode(handler.baseFilename) or handler.baseFilename
    return {**spec, "file": path, "encoding": handler.encoding}


def _make_handler(place: Place, spec: dict[str, Any]) -> logging.Handler:
    handler: logging.Handler
    if "stream" in spec:
        handler = logging.StreamHandler(getattr(sys, spec["stream"]))
    else:
        handler = logging.FileHandler(place.decode(spec["file"]), "a", spec["encoding"])
    handler.setLevel(spec["level"])
    if "style" in spec:
        handler.setFormatter(logging.Formatter(spec["format"], spec["dates"], spec["style"]))
    return handler


def _logging_put(place: Place, value: Any) -> None:  # noqa: ANN401
    logging.disable(value["disable"])
    for level, name in value["levels"].items():
        if logging.getLevelName(level) != name:
            logging.addLevelName(level, name)
    logging.captureWarnings(value["warnings"])
    for name, config in value["loggers"].items():
        logger = logging.getLogger(name) if name else logging.root
        logger.setLevel(config["level"])
        logger.disabled, logger.propagate = config["disabled"], config["propagate"]
        mine = [(handler, _handler_spec(place, handler)) for handler in logger.handlers]
        if [spec for _, spec in mine if spec is not None] != config["handlers"]:
            for handler, spec in mine:
                if spec is not None:
                    logger.removeHandler(handler)
            for spec in config["handlers"]:
                logger.addHandler(_make_handler(place, spec))
        here = _immovable(logger)
        for kind in config["stays"]:
            if kind in here:
                here.remove(kind)  # a setup cell or an import has made it again
            else:
                logger.addHandler(_Stayed(logger, kind))


def _ipython_get(_: Place) -> Any:  # noqa: ANN401
    shell = _module("IPython.core.interactiveshell").InteractiveShell._instance
    if shell is None:
        return {}
    text = shell.display_formatter.formatters["text/plain"]
    found: dict[str, Any] = {
        "shell": {"ast_node_interactivity": shell.ast_node_interactivity},
        "text": {
            name: getattr(text, name)
            for name in ("float_precision", "max_seq_length", "max_width", "pprint", "verbose")
        },
        "extensions": sorted(shell.extension_manager.loaded),
    }
    inline = sys.modules.get("matplotlib_inline.config")
    backend = inline.InlineBackend._instance if inline is not None else None
    if backend is not None:
        found["inline"] = {
            "figure_formats": sorted(backend.figure_formats),
            "print_figure_kwargs": dict(backend.print_figure_kwargs),
            "close_figures": backend.close_figures,
        }
    return found


def _ipython_put(_: Place, value: Any) -> None:  # noqa: ANN401
    shell = _module("IPython.core.interactiveshell").InteractiveShell._instance
    if shell is None or not value:
        return
    for name, each in value["shell"].items():
        setattr(shell, name, each)
    for name, each in value["text"].items():
        setattr(shell.display_formatter.formatters["text/plain"], name, each)
    for name in value["extensions"]:
        if name not in shell.extension_manager.loaded:
            shell.extension_manager.load_extension(name)
    if "inline" in value:
        from matplotlib_inline.config import InlineBackend

        backend = InlineBackend.instance(parent=shell)
        backend.figure_formats = set(value["inline"]["figure_formats"])
        backend.print_figure_kwargs = value["inline"]["print_figure_kwargs"]
        backend.close_figures = value["inline"]["close_figures"]


SURROUNDINGS: tuple[Surrounding, ...] = (
    Surrounding("environment", "", _environment_get, _environment_put),
    Surrounding("working directory", "", _folder_get, _folder_put),
    Surrounding("module path", "", _path_get, _path_put),
    Surrounding("file mode mask", "", _mask_get, _mask_put),
    Surrounding(
        "random", "", lambda _: random.getstate(), lambda _, state: random.setstate(state), random=True
    ),
    Surrounding("numpy.random", "numpy", _numpy_random_get, _numpy_random_put, random=True),
    Surrounding("torch.random", "torch", _torch_get, _torch_put, random=True),
    Surrounding("numpy options", "numpy", _numpy_get, _numpy_put),
    Surrounding("pandas options", "pandas", _pandas_get, _pandas_put),
    Surrounding("polars options", "polars", _polars_get, _polars_put),
    Surrounding("matplotlib options", "matplotlib", _matplotlib_get, _matplotlib_put),
    Surrounding("scikit-learn options", "sklearn", _sklearn_get, _sklearn_put),
    Surrounding("decimal context", "", _decimal_get, _decimal_put),
    Surrounding("locale", "", lambda _: locale.setlocale(locale.LC_ALL), lambda _, value: _set_locale(value)),
    Surrounding(
        "recursion limit",
        "",
        lambda _: sys.getrecursionlimit(),
        lambda _, value: sys.setrecursionlimit(value),
    ),
    Surrounding("logging", "", _logging_get, _logging_put),
    Surrounding("IPython options", "IPython.core.interactiveshell", _ipython_get, _ipython_put),
    Surrounding(
        "warning filters",
        "",
        lambda _: list(warnings.filters),
        _filters_put,
        layers=Layers(_filters_difference, _filters_clashing),
    ),
)
"""In the order in which they are set; the filters come last, since setting others may import modules."""


def _set_locale(value: str) -> None:
    locale.setlocale(locale.LC_ALL, value)
