"""Merging manifests and finding conflicts: pure functions over plain data."""

import pytest

from jupyter_kfp.step.manifest import conflicts, decode, empty_manifest, encode, merge, wanted

ONE, TWO = "1" * 64, "2" * 64


def manifest(step, order, parents=(), **record):
    made = empty_manifest()
    made["step"], made["order"] = step, order
    made["steps"][step] = {"order": order, "parents": list(parents), **record}
    return made


def after(manifest_of_parent, step, order, **record):
    made = merge([manifest_of_parent])
    made["step"], made["order"] = step, order
    made["steps"][step] = {"order": order, "parents": [manifest_of_parent["step"]], **record}
    return made


def test_the_later_writer_in_the_notebook_wins():
    first, second = manifest("a", 0), manifest("b", 1)
    first["names"]["x"] = {"kind": "module", "module": "a", "step": "a", "order": 0}
    second["names"]["x"] = {"kind": "deleted", "step": "b", "order": 1}
    for both in ([first, second], [second, first]):
        assert merge(both)["names"]["x"]["kind"] == "deleted"
        assert set(merge(both)["steps"]) == {"a", "b"}


def test_encoding_is_canonical_and_reads_back():
    made = manifest("größe", 1)
    assert decode(encode(made)) == made
    assert encode(decode(encode(made))) == encode(made)


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"version": 99, "names": {}}', b"nonsense"])
def test_what_is_no_manifest_is_refused(data):
    with pytest.raises(ValueError, match=r"manifest|Expecting"):
        decode(data)


def test_needs_come_before_those_that_need_them():
    made = empty_manifest()
    common = {"step": "a", "order": 0, "kind": "value", "key": "f"}
    made["names"] = {
        "f": {**common, "object": ONE},
        "g": {**common, "object": TWO},
        "h": {**common, "object": TWO},
    }
    made["objects"] = {ONE: {"needs": ["g", "nothing"]}, TWO: {"refs": [ONE], "needs": ["f"]}}
    found = wanted(made, ["f"])
    assert found.names == ("g", "f")
    assert found.objects == (ONE, TWO)


def test_a_file_that_two_steps_wrote_differently_is_a_conflict():
    start = manifest("a", 0)
    first = after(start, "b", 1, files={"x.txt": "one", "same": "s"})
    second = after(start, "c", 2, files={"x.txt": "two", "same": "s"})
    (found,) = conflicts([first, second])
    assert (found.kind, found.subject, found.earlier, found.later) == ("file", "x.txt", "b", "c")
    assert not conflicts([first, after(first, "d", 3, files={"x.txt": "three"})])


def test_a_surrounding_that_two_steps_changed_is_a_conflict():
    start = manifest("a", 0)
    first = after(start, "b", 1, surroundings={"random": ONE})
    second = after(start, "c", 2, surroundings={"random": TWO})
    (found,) = conflicts([first, second])
    assert (found.kind, found.subject) == ("surroundings", "random")
    assert "after:b" in found.fix


def test_a_name_bound_anew_before_a_step_that_reads_the_old_one_is_a_conflict():
    start = manifest("a", 0)
    first = after(start, "b", 1, binds=["x"])
    second = after(start, "c", 2, reads={"x": (ONE, "x")})
    (found,) = conflicts([first, second])
    assert (found.kind, found.subject, found.later) == ("name", "x", "c")
    assert not conflicts([after(start, "b", 1, reads={"x": (ONE, "x")}), after(start, "c", 2, binds=["x"])])


def test_only_the_changed_values_of_an_object_conflict():
    start = manifest("a", 0)
    first = after(start, "b", 1, changes={ONE: ["x"]})
    assert conflicts([first, after(start, "c", 2, reads={"x": (ONE, "x")})])
    assert not conflicts([first, after(start, "c", 2, reads={"y": (ONE, "y")})])
    assert conflicts([first, after(start, "c", 2, reads={"held": (ONE, "*")})])
