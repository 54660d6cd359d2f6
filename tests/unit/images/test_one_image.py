import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.images import write_one_image


def test_it_has_the_requirements_of_all_steps_each_once(folder, tmp_path):
    one = write_one_image(
        [
            folder("a", requirements="# head\n\nnumpy==2.4.6  # imported\npandas==3.1.1  # imported\n"),
            folder("b", requirements="numpy==2.4.6  # needed by x\nattrs==1\n# gone 1 is not here  # why\n"),
        ],
        tmp_path / "one",
    )
    lines = (one.folder.folder / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#") and line] == [
        "attrs==1",
        "numpy==2.4.6",
        "pandas==3.1.1",
    ]
    assert one.steps == ("a", "b")


def test_it_installs_and_holds_no_code(folder, tmp_path):
    one = write_one_image([folder("a")], tmp_path / "one")
    text = (one.folder.folder / "Dockerfile").read_text()
    assert "RUN python -m pip install" in text
    assert "COPY jupyter_kfp_step" not in text
    assert "main.py" not in text
    assert "USER 10001:10001" in text


def test_a_changed_cell_leaves_it_as_it_is(folder, tmp_path):
    one = folder("a")
    before = write_one_image([one], tmp_path / "before").folder.digest
    (one.folder / "main.py").write_text("# changed\n")
    assert write_one_image([one], tmp_path / "after").folder.digest == before


def test_wheels_come_along(folder, tmp_path):
    dockerfile = (
        "# x\nFROM b:1\nCOPY requirements.txt ./\n"
        "{wheels}RUN python -m pip install --no-deps --requirement requirements.txt\n"
        "\nCOPY jupyter_kfp_step/ jupyter_kfp_step/\nUSER 1:1\n"
    )
    plain = folder("a", dockerfile=dockerfile.replace("{wheels}", ""))
    wheels = folder("b", "./wheels/x.whl\n", dockerfile.replace("{wheels}", "COPY wheels/ wheels/\n"))
    (wheels.folder / "wheels").mkdir()
    (wheels.folder / "wheels" / "x.whl").write_bytes(b"wheel")
    one = write_one_image([plain, wheels], tmp_path / "one").folder.folder
    assert (one / "wheels" / "x.whl").read_bytes() == b"wheel"
    assert "COPY wheels/ wheels/\nRUN" in (one / "Dockerfile").read_text()


def test_different_versions_are_refused(folder, tmp_path):
    with pytest.raises(JupyterKfpError, match="different versions of x"):
        write_one_image([folder("a"), folder("b", requirements="x==2\n")], tmp_path / "one")


def test_different_base_images_are_refused(folder, tmp_path):
    other = folder(
        "b",
        dockerfile="# x\nFROM other:1\nRUN python -m pip install x\n\nCOPY jupyter_kfp_step/ x\nUSER 1:1\n",
    )
    with pytest.raises(JupyterKfpError, match="different images"):
        write_one_image([folder("a"), other], tmp_path / "one")
