import pytest

from jupyter_kfp.notebook.headings import headings_in


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Load", [(1, "Load")]),
        ("text\n\n### Third level ###\n", [(3, "Third level")]),
        ("Title\n=====\n\nPart\n---\n", [(1, "Title"), (2, "Part")]),
        ("# **Bold** `code` [link](https://example.com) <a id='x'></a>", [(1, "Bold code link")]),
        ("```\n# a comment\n```", []),
        ("    # code\n", []),
        ("#hashtag", []),
        ("# ", []),
        ("> ## Quoted", [(2, "Quoted")]),
        ("no heading\n\n- item\n", []),
        ("# <script>alert(1)</script>", [(1, "alert(1)")]),
        ("## Größe 训练", [(2, "Größe 训练")]),
    ],
)
def test_headings_are_found_as_commonmark_has_them(source, expected):
    assert headings_in(source) == expected


def test_a_heading_knows_the_code_cell_that_follows_it(read):
    notebook = read("# Title", ("a = 1", "step:a"), "text", "## B", ("b = 1", "step:b"), "## End")
    assert [(heading.text, heading.before) for heading in notebook.headings] == [
        ("Title", 1),
        ("B", 2),
        ("End", 3),
    ]
