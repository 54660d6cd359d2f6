"""One double for the tests of a file; each test begins with no faults and no images."""

import pytest

from tests.cluster import cluster
from tests.systems.storage import NoStorageError, skip_or_fail
from tests.unit.cluster_double.bench import Bench


@pytest.fixture(scope="module")
def running():
    try:
        with cluster() as started:
            yield started
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture
def bench(running, tmp_path):
    running.admin.no_faults()
    running.admin.skew(0)
    running.admin.forget_cache()
    running.images.clear()
    return Bench(running, tmp_path)
