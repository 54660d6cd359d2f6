import pytest

from jupyter_kfp.errors import JupyterKfpError
from jupyter_kfp.images import image_names
from jupyter_kfp.images.names import checked_registry, is_loopback
from jupyter_kfp.project.dockerfile import IMAGE


def test_an_image_is_named_by_pipeline_step_and_content(folder):
    one = folder("train")
    assert image_names("Iris!", [one]) == {"train": f"iris-train:{one.digest}"}
    assert image_names("iris", [one], "r.example.com:5000/team/") == {
        "train": f"r.example.com:5000/team/iris-train:{one.digest}"
    }


@pytest.mark.parametrize("name", ["a b", "../x", "Größe", "x" * 300, "$(id)", "", "a\nb", "-rf", "..."])
def test_any_pipeline_has_an_image_name_that_registries_take(folder, name):
    (image,) = image_names(name, [folder("train")]).values()
    assert IMAGE.fullmatch(image)
    assert not image.startswith("-")


@pytest.mark.parametrize(
    "registry",
    [
        "europe-docker.pkg.dev/p-1/r",
        "localhost:5000",
        "ghcr.io/a/b_c",
        "r.example.com:443/x/",
        "127.0.0.1:1/x",
    ],
)
def test_registries_are_hosts_with_paths(registry):
    assert checked_registry(registry) == registry.rstrip("/")


@pytest.mark.parametrize(
    "registry", ["https://r.example.com", "r/UPPER", "a b", "", "/x", "-x", "r/../x", "r//x", "$(id)", "r\nx"]
)
def test_what_is_no_registry_is_refused_with_an_example(registry):
    with pytest.raises(JupyterKfpError, match="not the address of a registry") as told:
        checked_registry(registry)
    assert "docker.pkg.dev" in told.value.fix


def test_a_name_that_no_registry_takes_is_refused(folder):
    with pytest.raises(JupyterKfpError, match="too long"):
        image_names("x", [folder("train")], "r.example.com/" + "y" * 200)


def test_registries_of_this_machine_are_known():
    assert is_loopback("127.0.0.1:5000/x:1")
    assert is_loopback("localhost/x:1")
    assert not is_loopback("r.example.com/localhost:1")
