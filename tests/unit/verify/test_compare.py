import pytest

from jupyter_kfp.verify.compare import Part, compare
from jupyter_kfp.verify.normalise import RULES, normalise


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(**data):
    return {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {key.replace("_", "/"): value for key, value in data.items()},
    }


def test_a_stream_cut_into_pieces_is_the_same_stream():
    assert compare([stream("a\nb\n")], [stream("a\n"), stream("b\n")]).same


def test_execution_counts_are_not_looked_at():
    assert compare([result(text_plain="1")], [{**result(text_plain="1"), "execution_count": 7}]).same


def test_a_different_result_is_shown_with_both_sides():
    found = compare([stream("x\n"), result(text_plain="1")], [stream("x\n"), result(text_plain="2")])
    assert not found.same
    assert (found.straight, found.pipeline) == (Part("text/plain", "1"), Part("text/plain", "2"))


def test_an_output_that_one_side_lacks_is_a_difference():
    found = compare([result(text_plain="1")], [])
    assert found.straight == Part("text/plain", "1")
    assert found.pipeline is None


def test_a_picture_that_differs_is_a_difference():
    assert not compare([result(image_png="aGk=")], [result(image_png="aGo=")]).same
    assert compare([result(image_png="aGk=\n")], [result(image_png="aGk=")]).same


def test_errors_are_compared_by_name_and_message_not_by_traceback():
    one = {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": ["a"]}
    assert compare([one], [{**one, "traceback": ["b"]}]).same
    assert not compare([one], [{**one, "evalue": "'y'"}]).same


def test_only_what_a_progress_bar_leaves_on_the_screen_counts():
    assert compare([stream("10%\r50%\r100%\n", "stderr")], [stream("100%\n", "stderr")]).same


def test_folders_of_the_two_runs_are_one_folder():
    left, right = stream("saved to /a/straight/out.csv\n"), stream("saved to /b/step/out.csv\n")
    found = compare([left], [right], ["/a/straight", "/b/step"])
    assert found.same
    assert found.rules == {"folder"}


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("address", "<A at 0x7f00deadbeef>", "<A at 0x7f11cafebabe>"),
        ("cell-file", "/x/ipykernel_12/345.py:3: UserWarning", "/x/ipykernel_9/78.py:3: UserWarning"),
        ("cell-file", "Cell In[3], line 1", "Cell In[12], line 1"),
        (
            "cpu-times",
            "CPU times: user 2 ms, sys: 0 ns, total: 2 ms\nWall time: 2.2 ms",
            "CPU times: total: 3 ms\nWall time: 9 s",
        ),
        (
            "timeit",
            "1.3 µs ± 12 ns per loop (mean ± std. dev. of 7 runs, 1,000,000 loops each)",
            "11 ms ± 1.2 ms per loop (mean ± std. dev. of 7 runs, 100 loops each)",
        ),
        ("progress-bar", "100%|#| 3/3 [00:00<00:00, 12.1it/s]", "100%|#| 3/3 [00:01<00:00,  2.93it/s]"),
        (
            "uuid",
            "<div id='1b4e28ba-2fa1-41d2-883f-0016d3cca427'>",
            "<div id='6fa459ea-ee8a-4ca4-894e-db77e160355e'>",
        ),
        ("html-id", "<style>#sk-container-id-1 {", "<style>#sk-container-id-12 {"),
        ("html-id", '<td id="T_ab12c_row0_col0">', '<td id="T_00fe1_row0_col0">'),
        ("svg-id", '<use href="#m0123456789"/>', '<use href="#mabcdef0123"/>'),
    ],
)
def test_what_cannot_be_equal_is_made_equal(name, one, two):
    left, used = normalise(one)
    assert left == normalise(two)[0]
    assert used == {name}


@pytest.mark.parametrize(
    "text",
    ["accuracy: 0.967", "0xff", "2026-11-24 10:15:00", "1.3 ms", "T_max = 5", "abcdef0123", "3 s per loop"],
)
def test_what_a_user_computed_is_left_alone(text):
    assert normalise(text) == (text, frozenset())


def test_every_rule_says_what_it_forgives():
    assert all(rule.why for rule in RULES)
