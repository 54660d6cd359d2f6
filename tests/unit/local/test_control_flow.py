import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.local import RunFailed, Status
from jupyter_kfp.pipeline import Parameter

LR = Parameter("lr", "float", 0.5)


def gate(workshop, accuracy):
    return workshop(
        {
            "train": f"metrics = {{'accuracy': {accuracy}}}",
            "deploy": (["train"], ""),
            "tell": (["deploy"], ""),
        },
        settings={"deploy": {"when": "accuracy > 0.9"}},
        metrics={"train": ["accuracy"]},
    )


def test_a_step_whose_condition_holds_is_run(workshop):
    run = gate(workshop, 0.95).run()
    assert run.step("tell").status is Status.SUCCEEDED


def test_a_step_whose_condition_does_not_hold_is_skipped_with_all_that_wait_for_it(workshop):
    run = gate(workshop, 0.5).run()
    assert run.status is Status.SUCCEEDED
    assert [step.status for step in run.steps] == [Status.SUCCEEDED, Status.SKIPPED, Status.SKIPPED]
    assert "accuracy > 0.9" in run.step("deploy").reason


def test_a_condition_reads_the_metrics_of_cached_steps(workshop):
    demo = gate(workshop, 0.95)
    demo.run()
    assert demo.run().step("deploy").cached


def test_a_condition_over_a_parameter_follows_the_value_given(workshop):
    demo = workshop({"only": ""}, parameters=[LR], settings={"only": {"when": "lr < 0.4"}})
    assert demo.run().step("only").status is Status.SKIPPED
    assert demo.run(parameters={"lr": 0.1}).step("only").status is Status.SUCCEEDED


def test_a_metric_that_was_not_bound_ends_the_run(workshop):
    demo = workshop(
        {"train": "", "deploy": (["train"], "")},
        settings={"deploy": {"when": "accuracy > 0.9"}},
        metrics={"train": ["accuracy"]},
    )
    with pytest.raises(RunFailed, match="accuracy"):
        demo.run()


def test_a_step_at_the_end_is_run_also_when_another_failed(workshop):
    demo = workshop(
        {"mail": "", "train": "fail()", "test": (["train"], "")}, settings={"mail": {"on_exit": True}}
    )
    with pytest.raises(RunFailed) as caught:
        demo.run()
    assert demo.order() == ["train", "mail"]
    assert [step.status for step in caught.value.run.steps] == [
        Status.SUCCEEDED,
        Status.FAILED,
        Status.SKIPPED,
    ]


def test_a_step_at_the_end_is_run_each_time(workshop):
    demo = workshop({"train": "", "mail": ""}, settings={"mail": {"on_exit": True}})
    demo.run()
    demo.run()
    assert demo.order() == ["mail"]


def loop(workshop, **more):
    items = {"foreach": {"lr": [0.1, 0.01]}}
    return workshop(
        {
            "load": "",
            "train": (["load"], "value = float(flags['lr'])"),
            "score": (
                ["train"],
                "value = [states['train']['step'], flags['lr']]; metrics = {'lr': float(flags['lr'])}",
            ),
            "best": (["score"], "value = [one['names']['value']['object'] for one in states['score']]"),
        },
        parameters=[LR],
        settings={"train": items, "score": items} | more,
        metrics={"score": ["lr"]},
    )


def test_a_loop_runs_once_for_each_item_and_a_step_outside_gathers_in_order(workshop):
    demo = loop(workshop)
    run = demo.run()
    assert [step.name for step in run.steps] == [
        "load",
        "train[0]",
        "train[1]",
        "score[0]",
        "score[1]",
        "best",
    ]
    assert run.step("score[1]").parents == ("train[1]",)
    assert run.step("best").parents == ("score[0]", "score[1]")
    assert run.step("score[0]").metrics == {"lr": 0.1}
    folders = {run.step_folder(step.name) for step in run.steps}
    assert len(folders) == 6
    assert all((folder / "output.ipynb").is_file() for folder in folders)


def test_the_items_of_a_loop_are_cached_each(workshop):
    demo = loop(workshop)
    demo.run()
    demo.run()
    assert demo.order() == []
    demo.run(from_step="score")
    assert sorted(demo.order()) == ["best", "score[0]", "score[1]"]


def test_a_condition_in_a_loop_reads_its_own_items_metric(workshop):
    items = {"foreach": {"lr": [0.1, 0.01]}}
    demo = workshop(
        {"train": "metrics = {'loss': float(flags['lr'])}", "keep": (["train"], "")},
        parameters=[LR],
        settings={"train": items, "keep": items | {"when": "loss < 0.05"}},
        metrics={"train": ["loss"]},
    )
    run = demo.run()
    assert run.step("keep[0]").status is Status.SKIPPED
    assert run.step("keep[1]").status is Status.SUCCEEDED


def test_a_condition_outside_of_a_loop_cannot_read_a_metric_inside(workshop):
    demo = loop(workshop, best={"when": "lr > 0.05"})
    with pytest.raises(JupyterKfpError, match="once for each item"):
        demo.run()


def test_a_loop_over_what_the_step_does_not_read_is_refused(workshop):
    demo = workshop({"train": ""}, settings={"train": {"foreach": {"lr": [1.0]}}})
    with pytest.raises(JupyterKfpError, match="not a parameter"):
        demo.run()


def test_loop_lists_of_two_lengths_are_refused(workshop):
    demo = workshop(
        {"train": ""},
        parameters=[LR, Parameter("n", "int", 1)],
        settings={"train": {"foreach": {"lr": [1.0, 2.0], "n": [1]}}},
    )
    with pytest.raises(JupyterKfpError, match="one length"):
        demo.run()


def test_a_condition_may_say_or_and_not(workshop):
    demo = workshop(
        {"train": "metrics = {'accuracy': 0.5}", "deploy": (["train"], "")},
        parameters=[LR],
        settings={"deploy": {"when": "accuracy > 0.9 or not (lr > 0.4)"}},
        metrics={"train": ["accuracy"]},
    )
    assert demo.run().step("deploy").status is Status.SKIPPED
    assert demo.run(parameters={"lr": 0.1}).step("deploy").status is Status.SUCCEEDED


def test_a_condition_over_what_a_loop_sets_is_another_for_each_item(workshop):
    demo = workshop(
        {"train": ""},
        parameters=[LR],
        settings={"train": {"foreach": {"lr": [0.1, 0.9]}, "when": "lr < 0.5"}},
    )
    assert [step.status for step in demo.run().steps] == [Status.SUCCEEDED, Status.SKIPPED]


def test_a_loop_without_values_is_refused(workshop):
    demo = workshop({"train": ""}, parameters=[LR], settings={"train": {"foreach": {"lr": []}}})
    with pytest.raises(JupyterKfpError, match="no values"):
        demo.run()
