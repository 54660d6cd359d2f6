from dataclasses import replace

from jupyter_kfp.flags import OWN_FLAGS, step_flags
from jupyter_kfp.notebook.cells import StepName
from jupyter_kfp.notebook.settings import StepSettings
from jupyter_kfp.pipeline import Name


def test_flags_are_named_as_people_write_them(pipeline):
    flags = step_flags(pipeline, "train")
    assert flags.parameters == {"test_size": "--test-size"}
    assert flags.states == {"load": "--load-state"}
    assert flags.metrics == {"accuracy": "--metric-accuracy-path"}


def test_a_parameter_named_like_a_flag_of_main_py_gets_another(pipeline, make):
    names = tuple(map(Name, ("bucket", "run", "help", "state_path", "executor_input", "load_state", "files")))
    flags = step_flags(make.with_step(pipeline, "train", parameters=names), "train")
    assert flags.parameters["bucket"] == "--parameter-bucket"
    assert flags.parameters["load_state"] == "--parameter-load-state"


def test_no_two_flags_are_equal_whatever_things_are_called(pipeline, make):
    names = (
        "bucket", "parameter_bucket", "parameter_parameter_bucket", "_x", "x", "x_", "__x", "x_state",
        "parameter_x_state", "metric_accuracy_path", "result_model_path", "größe", "N", "n",
    )  # fmt: skip
    first = replace(pipeline.step("load"), name=StepName("x"))
    second = replace(pipeline.step("load"), name=StepName("parameter-x"))
    step = replace(
        pipeline.step("train"),
        parameters=tuple(map(Name, names)),
        settings=StepSettings(results={"model": "Model"}),
    )
    edges = (make.edge("x", "train"), make.edge("parameter-x", "train"))
    flags = step_flags(replace(pipeline, steps=(first, second, step), edges=edges), "train")
    every = [*OWN_FLAGS, *flags.states.values(), *flags.metrics.values(), *flags.results.values()]
    every += flags.parameters.values()
    assert len(set(every)) == len(every)
    assert len(flags.parameters) == len(names)


def test_a_step_that_runs_at_the_end_whatever_happens_takes_no_state(pipeline, make):
    at_exit = make.with_step(pipeline, "train", settings=StepSettings(on_exit=True))
    assert step_flags(at_exit, "train").states == {}
