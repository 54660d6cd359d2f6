from __future__ import annotations

from jupyter_kfp.graph.labels import columns, edge_label, plain, shorten

from .pipelines import edge


def test_a_long_list_is_cut_and_counted():
    assert edge_label(edge("a", "b", "x", "y", "z", "u", "v")) == "x, y, z +2"


def test_a_name_that_has_two_reasons_stands_once():
    assert edge_label(edge("a", "b", "x", "x")) == "x"


def test_plain_text_has_one_line_and_no_unseen_characters():
    assert plain("a\n b\x1b[31m\u200b‮c") == "a b [31m c"


def test_wide_and_combining_characters_are_counted_as_the_terminal_does():
    assert columns("数据") == 4
    assert columns("e\u0301") == 1


def test_shortened_text_says_so():
    assert shorten("abcdef", 4) == "abc…"
