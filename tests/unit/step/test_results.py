"""Results as files, and confusion matrices and curves as Kubeflow draws them."""

import hashlib
import json
import pickle

import numpy as np
import pandas as pd
import pytest

from jupyter_kfp.step.classification import classification
from jupyter_kfp.step.decide import holds
from jupyter_kfp.step.decide import main as decide
from jupyter_kfp.step.errors import StateError
from jupyter_kfp.step.kubeflow import ExecutorInput, plain
from jupyter_kfp.step.results import file_of, read_stored, store_results


def stored(folder, value):
    one = read_stored(store_results({"r": value}, ["r"], folder))["r"]
    content = file_of(folder, one).read_bytes()
    assert one.size == len(content)
    assert one.digest == hashlib.sha256(content).hexdigest()
    return one, content


def test_a_table_is_parquet(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    one, _ = stored(tmp_path, frame)
    assert (one.format, one.type, one.file) == ("parquet", "pandas.DataFrame", "r.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / one.file), frame)


def test_a_table_that_parquet_does_not_take_is_csv(tmp_path):
    one, content = stored(tmp_path, pd.DataFrame({0: [1, 2]}))
    assert one.format == "csv"
    assert content == b"0\n1\n2\n"


def test_an_array_is_npy(tmp_path):
    one, _ = stored(tmp_path, np.arange(4.0))
    assert one.format == "npy"
    assert np.load(tmp_path / one.file).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("value", "format", "content"),
    [
        ("grüße", "txt", "grüße".encode()),
        (b"\x00", "bin", b"\x00"),
        ({"a": [1, None]}, "json", b'{\n  "a": [\n    1,\n    null\n  ]\n}'),
    ],
)
def test_plain_values_are_files_that_everybody_reads(tmp_path, value, format, content):
    one, found = stored(tmp_path, value)
    assert (one.format, found) == (format, content)


@pytest.mark.parametrize("value", [{1: 2}, (1, 2), {"a": float("nan")}, np.array([None]), complex(1, 2)])
def test_everything_else_is_one_pickle(tmp_path, value):
    one, content = stored(tmp_path, value)
    assert one.format == "pkl"
    assert str(pickle.loads(content)) == str(value)


def test_a_result_that_no_cell_bound_stops_the_step(tmp_path):
    with pytest.raises(StateError, match="'r' was not bound"):
        store_results({}, ["r"], tmp_path)


def test_a_result_that_cannot_be_stored_stops_the_step_by_name(tmp_path):
    with pytest.raises(StateError, match=r"'r' \(generator\) cannot be stored"):
        store_results({"r": (n for n in ())}, ["r"], tmp_path)


MATRIX = {
    "confusionMatrix": {
        "annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}],
        "rows": [{"row": [3.0, 1.0]}, {"row": [0.0, 2.0]}],
    }
}


def test_a_confusion_matrix_is_a_dict_a_display_or_an_array():
    from sklearn.metrics import ConfusionMatrixDisplay

    rows = np.array([[3, 1], [0, 2]])
    given = {"labels": ["cat", "dog"], "matrix": [[3, 1], [0, 2]]}
    display = ConfusionMatrixDisplay(rows, display_labels=np.array(["cat", "dog"]))
    for value in (given, display):
        assert classification({"confusion_matrix": value}, ["confusion_matrix"]) == {
            "confusion_matrix": MATRIX
        }
    named = classification({"confusion_matrix": rows}, ["confusion_matrix"])["confusion_matrix"]
    assert [spec["displayName"] for spec in named["confusionMatrix"]["annotationSpecs"]] == ["0", "1"]


def test_a_curve_is_a_dict_a_display_or_what_scikit_learn_gives():
    from sklearn.metrics import RocCurveDisplay, roc_curve

    found = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    given = dict(zip(("fpr", "tpr", "thresholds"), found, strict=True))
    for value in (found, given):
        points = classification({"roc_curve": value}, ["roc_curve"])["roc_curve"]["confidenceMetrics"]
        assert points[0] == {"confidenceThreshold": 1e9, "falsePositiveRate": 0.0, "recall": 0.0}
        assert points[-1]["recall"] == 1.0
        json.dumps(points, allow_nan=False)
    display = RocCurveDisplay(fpr=found[0], tpr=found[1])
    points = classification({"roc_curve": display}, ["roc_curve"])["roc_curve"]["confidenceMetrics"]
    assert [point["falsePositiveRate"] for point in points] == found[0].tolist()


def test_a_long_curve_is_thinned_and_keeps_its_end():
    line = np.linspace(0, 1, 100_000)
    points = classification({"roc_curve": (line, line, line[::-1])}, ["roc_curve"])["roc_curve"]
    assert 900 < len(points["confidenceMetrics"]) <= 1002
    assert points["confidenceMetrics"][-1]["recall"] == 1.0


@pytest.mark.parametrize(
    "value", [len, "text", [[1, 2]], {"labels": ["a"], "matrix": [[1, 2], [3, 4]]}, [], None, {"x": 1}]
)
def test_what_is_no_confusion_matrix_is_left_out(value):
    assert classification({"confusion_matrix": value}, ["confusion_matrix"]) == {}


def test_only_what_a_metrics_cell_bound_is_taken():
    assert classification({"confusion_matrix": [[1]]}, ["accuracy"]) == {}


def test_kubeflow_hears_of_every_artifact_what_it_is(tmp_path):
    uri = "gs://root/p/2f1b2c3d-0000-4000-8000-000000000000/test/"
    names = ("metrics", "confusion_matrix", "result_model")
    asked = ExecutorInput.parse(
        json.dumps(
            {
                "outputs": {
                    "artifacts": {name: {"artifacts": [{"uri": uri + name}]} for name in names},
                    "outputFile": str(tmp_path / "out" / "executor_output.json"),
                }
            }
        )
    )
    asked.write_output(
        {"metrics": {"accuracy": 0.5}, "confusion_matrix": MATRIX, "result_model": {"size": 3}}
    )
    told = json.loads((tmp_path / "out" / "executor_output.json").read_text())["artifacts"]
    assert told["confusion_matrix"]["artifacts"][0]["metadata"] == MATRIX
    assert told["result_model"]["artifacts"][0] == {"uri": uri + "result_model", "metadata": {"size": 3}}


def test_a_name_that_kubeflow_does_not_take_is_written_plainly():
    assert plain("model") == "model"
    assert plain("größe") == "gr_e"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a > 0.5 or flag", True),
        ("not (a > 0.5 or flag)", False),
        ('0 < a < 0.5 or mode == "it\'s"', True),
        ("flag", False),
        ("a >= -1 and mode != 'x'", True),
    ],
)
def test_a_condition_is_decided_as_the_local_runner_decides_it(condition, expected):
    from jupyter_kfp.conditions import evaluate, parse_condition

    values = {"a": 0.75, "flag": False, "mode": "it's"}
    assert holds(condition, values) is expected
    assert evaluate(parse_condition(condition), values) is expected


@pytest.mark.parametrize("condition", ["f(a)", "a + 1 > 2", "unknown", "a.b", "[a]", "a in 'x'"])
def test_nothing_but_a_condition_is_evaluated(condition):
    with pytest.raises(ValueError, match="does not belong"):
        holds(condition, {"a": 1})


def test_a_decision_reads_its_values_from_the_executor_input(tmp_path):
    out = tmp_path / "deep" / "holds"
    given = {
        "inputs": {"parameterValues": {"metric_a": 0.1, "item": {"item": 1, "parameters": {"rate": 0.01}}}},
        "outputs": {"parameters": {"holds": {"outputFile": str(out)}}},
    }
    flags = ["--when=a > 1 or rate < 0.05", "--name=a=metric_a", f"--executor-input={json.dumps(given)}"]
    assert decide(flags) == 0
    assert out.read_text() == "true"
