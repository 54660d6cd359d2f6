"""From JupyterLab to a cluster behind IAP and back: sign in, submit, follow, open the report.

The cluster is the double of tests/cluster, whose steps are processes.
"""

import json
import shutil

import pytest
from playwright.sync_api import expect

from tests.cluster import cluster
from tests.systems.storage import NoStorageError, skip_or_fail

from .lab import start_lab
from .steps import node, open_notebook, wait_for_end

IMAGE = "registry.example.com/team/notebook:1"
GOOGLE = ("GOOGLE_APPLICATION_CREDENTIALS", "KF_PIPELINES_SA_TOKEN_PATH", "KUBERNETES_SERVICE_HOST")
HERE = {
    "NO_GCE_CHECK": "true",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "OAUTHLIB_INSECURE_TRANSPORT": "1",  # loopback has no certificates
}


@pytest.fixture(scope="module")
def double(tmp_path_factory):
    """The cluster, with one image that the steps start from and that holds none of their code."""
    image = tmp_path_factory.mktemp("image")
    try:
        with cluster(images={IMAGE: image}) as running:
            yield running
    except NoStorageError as error:
        skip_or_fail(error)


@pytest.fixture(scope="module")
def cluster_root(tmp_path_factory):
    return tmp_path_factory.mktemp("cluster-notebooks")


@pytest.fixture(scope="module")
def cluster_home(tmp_path_factory):
    return tmp_path_factory.mktemp("cluster-home")


@pytest.fixture(scope="module")
def cluster_lab(double, cluster_root, cluster_home):
    """A JupyterLab whose user has the endpoint `team` in her configuration."""
    home = cluster_home
    endpoint = {
        "host": double.url,
        "bucket": f"{double.bucket}/team",
        "iap_client_id": double.client_id,
        "oauth_client": str(double.oauth_client(home / "oauth-client.json")),
    }
    (home / "config").mkdir()
    content = {"JupyterKfp": {"endpoints": {"team": endpoint}}}
    (home / "config" / "jupyter_kfp_config.json").write_text(json.dumps(content))
    with pytest.MonkeyPatch.context() as patch:
        for name in GOOGLE:
            patch.delenv(name, raising=False)
        lab = start_lab(cluster_root, home, variables={**double.variables(), **HERE})
    yield lab
    lab.stop()


@pytest.fixture(autouse=True)
def signed_out(cluster_home):
    """Nobody has signed in yet."""
    shutil.rmtree(cluster_home / "data" / "jupyter-kfp", ignore_errors=True)


def show_settings(page):
    page.locator(".jp-kfp-Sidebar .lm-AccordionPanel-title", has_text="Settings").click()
    return page.locator(".jp-kfp-Endpoints li", has_text="team")


def test_sign_in_submit_follow_and_open_the_report(page, cluster_lab, double, write, cluster_root):
    path = write(
        "team.ipynb",
        ("rate = 0.5", "parameters"),
        ("numbers = [1, 2, 3]", "step:load"),
        ("accuracy = rate * len(numbers)\nprint('accuracy is', accuracy)", "step:train", "metrics"),
        settings={"defaults": {"image": IMAGE, "build": False}},
        root=cluster_root,
    )
    open_notebook(page, cluster_lab, path)
    endpoint = show_settings(page)
    expect(endpoint).to_contain_text(double.url)
    with page.context.expect_page() as popup:
        endpoint.get_by_role("button", name="Sign in").click()
    expect(popup.value.locator("body")).to_contain_text("You are signed in")
    popup.value.close()
    expect(endpoint).to_contain_text(f"signed in as {double.user}")

    page.locator(".jp-kfp-Header-run").click()
    page.locator(".jp-kfp-RunDialog select").select_option(label="team")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(page.locator(".jp-kfp-Run")).to_contain_text("team")
    wait_for_end(page, "SUCCEEDED")
    for step in ("load", "train"):
        expect(node(page, step)).to_have_attribute("data-status", "SUCCEEDED")
        expect(page.locator(".jp-kfp-RunStep", has_text=step)).to_have_attribute("data-status", "SUCCEEDED")
    expect(page.locator(".jp-kfp-Run-body")).to_contain_text("accuracy 1.5")

    page.get_by_role("button", name="notebook of step train").click()
    opened = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(opened).to_contain_text("accuracy is 1.5")
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="team.ipynb").click()
    page.get_by_role("button", name="report of step train").click()
    report = page.frame_locator(".jp-HTMLViewer:not(.lm-mod-hidden) iframe")
    expect(report.locator("body")).to_contain_text("accuracy is 1.5")

    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="team.ipynb").click()
    link = page.get_by_role("link", name="Open in Kubeflow")
    (run,) = double.admin.runs()
    expect(link).to_have_attribute("href", f"{double.url}/#/runs/details/{run['run_id']}")


def test_where_jupyter_is_far_away_the_last_address_is_pasted(page, cluster_lab, double, write, cluster_root):
    led_to = []

    def unreachable(route):
        led_to.append(route.fetch(max_redirects=0).headers["location"])
        route.fulfill(status=502, body="This site cannot be reached")

    page.context.route("**/o/oauth2/**", unreachable)
    open_notebook(page, cluster_lab, write("far.ipynb", ("a = 1", "step:one"), root=cluster_root))
    endpoint = show_settings(page)
    with page.context.expect_page() as popup:
        endpoint.get_by_role("button", name="Sign in").click()
    expect(popup.value.locator("body")).to_contain_text("cannot be reached")
    popup.value.close()

    page.get_by_role("button", name="Last page not found?").click()
    field = page.locator(".jp-Dialog input")
    field.fill("http://localhost:1/?state=x&code=y")
    field.press("Enter")
    expect(page.locator(".Toastify__toast", has_text="not the address")).to_be_visible()
    page.get_by_role("button", name="Last page not found?").click()
    field.fill(led_to[0])
    field.press("Enter")
    expect(endpoint).to_contain_text(f"signed in as {double.user}")


def test_a_sign_in_that_is_refused_says_so(page, cluster_lab, double, write, cluster_root):
    double.admin.sign_in_as(double.user, denies=True)
    try:
        open_notebook(page, cluster_lab, write("denied.ipynb", ("a = 1", "step:one"), root=cluster_root))
        endpoint = show_settings(page)
        with page.context.expect_page():
            endpoint.get_by_role("button", name="Sign in").click()
        expect(page.locator(".Toastify__toast", has_text="access_denied")).to_be_visible()
        expect(endpoint.get_by_role("button", name="Sign in")).to_be_visible()
    finally:
        double.admin.sign_in_as(double.user)
