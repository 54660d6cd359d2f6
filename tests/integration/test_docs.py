"""The pages of docs/: their commands work as they are written, and the site is whole and fetches nothing.

Commands run in a copy of examples/, page by page, in the order of the page.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.console import typed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Where a page's first command is typed, below the clone.
STARTS = {"start": "."}
PAGES = ["start", "data-scientist", "platform-engineer", "from-kale"]

pytestmark = pytest.mark.timeout(1800)


def commands(page: str) -> list:
    return list(typed((DOCS / f"{page}.md").read_text(encoding="utf-8")))


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """The environment of somebody who has it installed and nothing configured."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "GOOGLE", "CLOUDSDK", "STORAGE_"))
    }
    folders = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
    return {
        **kept,
        **{f"JUPYTER_{name}": str(tmp_path / folder) for name, folder in folders.items()},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture
def with_cluster(request, environment, tmp_path):
    """The same with an endpoint that leads to the double, if the page has a command for it."""
    if not any(each.mark == "cluster" for each in commands(request.getfixturevalue("page"))):
        yield environment
        return
    from tests.cluster import cluster
    from tests.systems.storage import NoStorageError, skip_or_fail

    try:
        with cluster() as double:
            endpoint = {
                "host": double.url,
                "bucket": f"{double.bucket}/team",
                "iap_client_id": double.client_id,
                "registry": "registry.example.com/team",
                "service_account_key": str(double.service_account_key(tmp_path / "key.json")),
            }
            config = tmp_path / "config" / "jupyter_kfp_config.json"
            config.parent.mkdir(exist_ok=True)
            config.write_text(json.dumps({"JupyterKfp": {"endpoints": {"team": endpoint}}}))
            yield {**environment, **double.variables(), "NO_GCE_CHECK": "true"}
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_works(page, with_cluster, tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(
        ROOT / "examples", clone / "examples", ignore=shutil.ignore_patterns(".jupyter-kfp", "out")
    )
    folder = clone / STARTS.get(page, "examples/notebooks")
    for each in commands(page):
        if each.reason:
            continue
        if each.command.startswith("cd "):
            folder = folder / each.command.removeprefix("cd ")
            continue
        done = subprocess.run(
            ["bash", "-c", each.command],
            cwd=folder,
            env=with_cluster,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )
        told = f"$ {each.command}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, told
        assert each.agrees(done.stdout, done.stderr), told


@pytest.mark.parametrize("page", PAGES)
def test_a_command_that_is_not_run_says_why(page):
    marks = {each.mark for each in commands(page)} - {"", "cluster"}
    assert [mark for mark in marks if not re.fullmatch(r"not run: .{10,}", mark)] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built strictly: a link or an anchor that leads nowhere ends it."""
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return target


def test_the_site_has_every_page(site):
    assert {page.stem for page in DOCS.glob("*.md")} <= {page.stem for page in site.glob("*.html")}


def test_every_list_became_a_list(site):
    """A list right below a paragraph is one on GitHub and none here: it needs a blank line above it."""
    paragraph = re.compile(r"<p>(?:(?!</p>|<pre>).)*\n(?:- |\d\. )", re.DOTALL)
    pages = {page.name: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
    assert {name: paragraph.findall(page) for name, page in pages.items() if paragraph.search(page)} == {}


def test_the_site_fetches_nothing_from_elsewhere(site):
    fetched = re.compile(
        r"<(?:script|img|iframe|source)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^>]*"
        r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preconnect|preload))[^>]*\bhref=[\"']?(?:https?:)?//[^>]*"
    )
    found = [
        hit for page in site.rglob("*.html") for hit in fetched.findall(page.read_text(encoding="utf-8"))
    ]
    found += [
        hit
        for sheet in site.rglob("*.css")
        for hit in re.findall(
            r"(?:url\(|@import )[\"']?(?:https?:)?//[^)]*", sheet.read_text(encoding="utf-8")
        )
    ]
    assert found == []
    assert (site / "search" / "search_index.json").exists()
