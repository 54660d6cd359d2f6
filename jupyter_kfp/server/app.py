"""The extension as Jupyter Server loads it."""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_core.paths import jupyter_path
from jupyter_server.extension.application import ExtensionApp

from .analyst import Analyst
from .endpoint_handlers import end_sign_ins
from .handlers import HANDLERS

LAB_EXTENSION = Path("labextensions", "jupyter-kfp", "package.json")


class KfpExtension(ExtensionApp):
    """Enabled by the package's `jupyter_server_config.d` entry."""

    name = "jupyter_kfp"
    extension_url = "/jupyter-kfp"
    load_other_extensions = True

    def initialize_settings(self) -> None:
        """Where the handlers find the worker; it is not started yet."""
        contents = self.serverapp.contents_manager if self.serverapp else None
        root = Path(getattr(contents, "root_dir", "") or Path.home())
        self.settings["jupyter_kfp_analyst"] = Analyst(str(root if root.is_dir() else Path.home()))

    def initialize_handlers(self) -> None:
        """Add our handlers; say so where the lab part is missing."""
        self.handlers.extend(HANDLERS)
        if not lab_extension_is_built():
            self.log.warning(
                "jupyter-kfp: the JupyterLab extension was not built, because Node.js was not there when jupyter-kfp "
                "was installed. `jupyter kfp` works without it. Install Node.js 18 or newer and jupyter-kfp again."
            )

    async def stop_extension(self) -> None:
        """End what is the server's own. Runs go on."""
        await end_sign_ins(self.settings)
        await self.settings["jupyter_kfp_analyst"].close()


def lab_extension_is_built() -> bool:
    """Whether JupyterLab can find the extension, in any of the places where it looks."""
    places = [*jupyter_path(), str(Path(sys.prefix, "share", "jupyter"))]
    return any(Path(place, LAB_EXTENSION).is_file() for place in places)
