"""Confusion matrices and ROC curves, as Kubeflow draws them.

In: the namespace after the cells. What a metrics cell binds to `confusion_matrix` or `roc_curve` is taken, in any of
these forms:

- `confusion_matrix`: `{"labels": […], "matrix": [[…], …]}`, scikit-learn's `ConfusionMatrixDisplay`, or the square
  array that its function `confusion_matrix` gives (rows are what is true, columns what was predicted);
- `roc_curve`: `{"fpr": […], "tpr": […], "thresholds": […]}`, `RocCurveDisplay`, or the three arrays that its function
  `roc_curve` gives.

Out: the metadata of `system.ClassificationMetrics`. A value of another form is left out.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES = ("confusion_matrix", "roc_curve")
MOST_POINTS = 1000  # of a curve; Kubeflow keeps metadata in a database's column


def classification(namespace: Mapping[str, Any], metrics: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The metadata by name, for those of `metrics` that are one of the two."""
    readers = {"confusion_matrix": _confusion_matrix, "roc_curve": _roc_curve}
    found = {}
    for name in metrics:
        if name in readers and name in namespace:
            metadata = None
            with contextlib.suppress(Exception):  # whatever its class raises: it is none of these forms
                metadata = readers[name](namespace[name])
            if metadata is not None:
                found[name] = metadata
    return found


def _confusion_matrix(value: Any) -> dict[str, Any] | None:  # noqa: ANN401
    labels: list[Any] | None = None
    if isinstance(value, dict):
        labels, rows = [str(label) for label in value["labels"]], _plain(value["matrix"])
    elif type(value).__name__ == "ConfusionMatrixDisplay":
        rows = _plain(value.confusion_matrix)
        if value.display_labels is not None:
            labels = [str(label) for label in _plain(value.display_labels)]
    else:
        rows = _plain(value)
    labels = labels if labels is not None else [str(number) for number in range(len(rows))]
    numbers = [[float(cell) for cell in row] for row in rows]
    if len(labels) != len(numbers) or any(len(row) != len(labels) for row in numbers) or not labels:
        return None
    return {
        "confusionMatrix": {
            "annotationSpecs": [{"displayName": label} for label in labels],
            "rows": [{"row": row} for row in numbers],
        }
    }


def _roc_curve(value: Any) -> dict[str, Any] | None:  # noqa: ANN401
    if isinstance(value, dict):
        false, true, thresholds = value["fpr"], value["tpr"], value.get("thresholds")
    elif type(value).__name__ == "RocCurveDisplay":
        false, true, thresholds = value.fpr, value.tpr, None
    else:
        false, true, thresholds = value
    one, other = [float(each) for each in _plain(false)], [float(each) for each in _plain(true)]
    if thresholds is None:
        thresholds = [1 - number / max(1, len(one) - 1) for number in range(len(one))]
    levels = [float(each) for each in _plain(thresholds)]
    if not len(one) == len(other) == len(levels) or not one:
        return None
    step = math.ceil(len(one) / MOST_POINTS)
    points = [*list(zip(one, other, levels, strict=True))[:-1:step], (one[-1], other[-1], levels[-1])]
    return {
        "confidenceMetrics": [
            {
                "confidenceThreshold": level if math.isfinite(level) else 1e9,
                "falsePositiveRate": rate,
                "recall": recall,
            }
            for rate, recall, level in points
        ]
    }


def _plain(value: Any) -> list[Any]:  # noqa: ANN401
    plain = value.tolist() if hasattr(value, "tolist") else list(value)
    return list(plain)
