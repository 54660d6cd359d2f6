"""The notebooks of the API tests, for the panel."""

from tests.unit.api.conftest import no_notebook_around, notebook, write  # noqa: F401 - fixtures
