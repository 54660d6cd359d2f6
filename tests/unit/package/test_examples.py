"""Every example compiles for every target, kfp's own loader takes it, and `python pipeline.py` gives the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import read_notebook
from jupyter_kfp.package import TARGETS, compile_package, render_dsl

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_a_package_that_kfp_reads_back(notebook, tmp_path):
    from google.protobuf import json_format
    from kfp import components
    from kfp.pipeline_spec import pipeline_spec_pb2

    pipeline = analyse(read_notebook(notebook))
    ir = None
    for target in TARGETS:
        package = compile_package(pipeline, tmp_path / f"{target}.yaml", target=target)
        if target == "kubernetes":
            assert package.documents[1]["spec"]["pipelineSpec"] == ir
            continue
        ir = package.documents[0]
        json_format.ParseDict(ir, pipeline_spec_pb2.PipelineSpec())
        loaded = components.load_component_from_file(str(package.path))
        assert json_format.MessageToDict(loaded.pipeline_spec) == ir


def test_the_search_gives_the_same_by_its_pipeline_py(tmp_path):
    (notebook,) = (path for path in EXAMPLES if path.stem == "search")
    pipeline = analyse(read_notebook(notebook))
    (tmp_path / "pipeline.py").write_text(render_dsl(pipeline))
    subprocess.run([sys.executable, "pipeline.py"], cwd=tmp_path, check=True, capture_output=True)
    compile_package(pipeline, tmp_path / "ours.yaml")
    assert (tmp_path / "pipeline.yaml").read_bytes() == (tmp_path / "ours.yaml").read_bytes()


def test_the_search_says_what_its_settings_say():
    (notebook,) = (path for path in EXAMPLES if path.stem == "search")
    source = render_dsl(analyse(read_notebook(notebook)))
    assert "with dsl.ParallelFor(" in source
    assert 'dsl.Collected(try_step_task.outputs["state"])' in source
    assert "result_model: dsl.Output[dsl.Model]" in source
    assert "confusion_matrix: dsl.Output[dsl.ClassificationMetrics]" in source
    assert "with dsl.If(" in source
