def test_after_adds_a_wait_for_a_step_above(read):
    notebook = read(("a = 1", "step:a"), ("b = 1", "step:b"), ("c = 1", "step:c", "after:a", "after:b"))
    assert notebook.groups[2].after == ("a", "b")
    assert notebook.findings == ()


def test_after_counts_on_any_cell_of_a_step(read):
    notebook = read(("a = 1", "step:a"), ("b = 1", "step:b"), ("b = 2", "after:a"))
    assert notebook.groups[1].after == ("a",)


def test_after_may_name_the_preamble(read):
    notebook = read(("x = open('f').read()",), ("a = 1", "step:a", "after:start"))
    assert notebook.groups[0].after == ("start",)
    assert notebook.findings == ()


def test_a_step_that_waits_for_itself_is_an_error(read):
    notebook = read(("a = 1", "step:a", "after:a"))
    (found,) = notebook.findings
    assert (found.code, found.cell_number, found.step) == ("JK104", 1, "a")
    assert notebook.groups[0].after == ()


def test_a_step_that_waits_for_one_that_does_not_exist_is_an_error_with_a_suggestion(read):
    notebook = read(("a = 1", "step:load"), ("b = 1", "step:b", "after:laod"))
    (found,) = notebook.findings
    assert found.code == "JK105"
    assert "after:load" in found.fix
    assert notebook.groups[1].after == ()


def test_a_step_that_waits_for_one_without_code_is_told_so(read, codes):
    notebook = read(("", "step:a"), ("b = 1", "step:b", "after:a"))
    assert codes(notebook) == ["JK111", "JK105"]
    assert "has no code" in notebook.findings[1].message


def test_steps_that_wait_for_each_other_are_an_error_that_shows_the_way_round(read):
    notebook = read(
        ("a = 1", "step:a", "after:c"), ("b = 1", "step:b", "after:a"), ("c = 1", "step:c", "after:b")
    )
    (found,) = notebook.findings
    assert (found.code, found.cell_number) == ("JK106", 1)
    assert {"`a`", "`b`", "`c`"} <= set(found.message.replace(" ", "\n").split("\n"))


def test_a_step_that_waits_for_a_later_one_is_an_error(read):
    notebook = read(("a = 1", "step:a", "after:b"), ("b = 1", "step:b"))
    (found,) = notebook.findings
    assert (found.code, found.name) == ("JK107", "b")
    assert notebook.groups[0].after == ()


def test_steps_whose_cells_are_apart_are_fine(read, codes):
    assert codes(read(("a = 1", "step:a"), ("b = 1", "step:b"), ("a = 2", "step:a"))) == []
