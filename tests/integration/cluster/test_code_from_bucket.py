"""One image for all steps, with no code in it: each step, and what decides on a condition, starts from the bucket."""

import time

from jupyter_kfp.cluster import Api, Connection, follow_run
from jupyter_kfp.cluster.submit import submit
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.images import write_with_images
from jupyter_kfp.notebook import read_notebook

from .conftest import code, write_notebook


def test_steps_run_in_one_image_that_holds_none_of_them(here, double, robot):
    (here / "helpers.py").write_text("def double(x):\n    return 2 * x\n")
    path = write_notebook(
        here / "apart.ipynb",
        code("size = 3", "parameters"),
        code("import helpers\naccuracy = helpers.double(0.4)", "step:load", "metrics"),
        code("print('kept', accuracy)", "step:keep"),
        code("print('dropped', accuracy)", "step:drop"),
        settings={
            "name": "apart",
            "steps": {
                "keep": {"when": "accuracy > 0.7 or size > 5"},
                "drop": {"when": "accuracy < 0.1 or size > 5"},
            },
        },
    )
    pipeline = analyse(read_notebook(path))
    written = write_with_images(pipeline, here / "project", registry="registry.example.com/t", one_image=True)
    (image,) = set(written.images.values())
    with written.contexts() as (folders, names):
        assert [names[folder.name] for folder in folders] == [image]
    empty = here / "image"
    empty.mkdir()
    double.images[str(image)] = empty
    images = {step: str(image) for step, image in written.images.items()}
    done = submit(pipeline, robot, images, code=written.code)
    with Connection.open(robot) as connection:
        run = follow_run(Api(connection), done.known, done.folder, sleep=lambda seconds: time.sleep(0.2))
    assert {step.name: step.status.value for step in run.steps} == {
        "load": "SUCCEEDED", "keep": "SUCCEEDED", "drop": "SKIPPED",
    }, run  # fmt: skip
    assert list(empty.iterdir()) == []
