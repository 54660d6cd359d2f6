"""Packages that another one uses where they are installed, though nobody imports them and no metadata asks for them.

Without them a step gives an error (`to_excel`), or other results than the notebook (`pandas` sums by `bottleneck`).
In come the packages of a step and its source, out go those that it uses besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .environment import Environment, Package

if TYPE_CHECKING:
    from collections.abc import Iterator, Set


@dataclass(frozen=True)
class Engine:
    """`user` uses `used`, as far as installed, where the source matches; everywhere if there is no pattern."""

    user: str
    used: tuple[str, ...]
    pattern: str | None = None


ENGINES = (
    Engine("pandas", ("pyarrow", "numexpr", "bottleneck")),
    Engine("pandas", ("matplotlib",), r"\.(plot|hist|boxplot)\b"),
    Engine(
        "pandas",
        ("openpyxl", "xlrd", "xlsxwriter", "odfpy", "pyxlsb", "python-calamine"),
        r"_excel\b|\bExcel",
    ),
    Engine("pandas", ("lxml", "html5lib", "beautifulsoup4"), r"\bread_html\b|_xml\b"),
    Engine("pandas", ("tables",), r"_hdf\b|\bHDFStore\b"),
    Engine("pandas", ("fastparquet",), r"_parquet\b"),
    Engine("pandas", ("sqlalchemy", "adbc-driver-manager"), r"_sql(_query|_table)?\b"),
    Engine("pandas", ("tabulate",), r"\bto_markdown\b"),
    Engine("pandas", ("jinja2",), r"\.style\b|\bto_latex\b"),
    Engine("pandas", ("fsspec", "gcsfs"), r"\b(gs|gcs)://"),
    Engine("pandas", ("fsspec", "s3fs"), r"\bs3a?://"),
    Engine("polars", ("pyarrow", "pandas", "numpy"), r"\b(to|from)_(pandas|arrow|numpy)\b"),
    Engine("seaborn", ("scipy", "statsmodels")),
    Engine("scikit-learn", ("pandas",), r"\bas_frame\b|\bset_output\b|\bfetch_openml\b"),
    Engine("xgboost", ("scikit-learn",), r"\bXGB\w*(Classifier|Regressor|Ranker)\b"),
    Engine("lightgbm", ("scikit-learn",), r"\bLGBM\w+\b"),
    Engine("plotly", ("kaleido",), r"\b(write|to)_image\b"),
    Engine("tqdm", ("ipywidgets",), r"\btqdm(\.|_)(auto|notebook)\b"),
    Engine("ipykernel", ("matplotlib",), r"(?m)^\s*%(matplotlib|pylab)\b"),
)


def engines_used(packages: Set[Package], source: str, environment: Environment) -> Iterator[Package]:
    """The packages of the kernel's environment that a step with these packages and this source uses besides."""
    for engine in ENGINES:
        if engine.user in packages and (engine.pattern is None or re.search(engine.pattern, source)):
            for used in map(Package, engine.used):
                if used in environment.distributions:
                    yield used
