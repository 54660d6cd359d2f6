import pytest

from tests.engine.kernels import Kernels


@pytest.fixture(scope="session")
def kernels():
    """A warm process that forks kernels."""
    with Kernels() as running:
        yield running
