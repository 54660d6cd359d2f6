"""Jupyter's configuration for the browser tests: loopback only, a fixed token, nothing from the network."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.ip = "127.0.0.1"
c.IdentityProvider.token = "browser-tests"
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.YDocExtension.disable_rtc = True  # jupyter-collaboration; on only where it is what is tested
c.JupyterNotebookApp.expose_app_in_browser = True
