"""`jupyter nbconvert --to kfp notebook.ipynb`: the package, with the step folders beside it.

In: a notebook as nbconvert read it. Out: the package as the main file `NAME.yaml`, and as nbconvert's support files the
project: `NAME-pipeline/pipeline.py`, `NAME-pipeline/steps/<step>/…`. A company's own Dockerfile or main.py comes from a
Jinja template that stands where nbconvert looks for templates; what it is given first is our own text.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters import Exporter
from traitlets import Dict, Enum, List, Unicode

from .api import Loaded
from .errors import JupyterKfpError

if TYPE_CHECKING:
    from .pipeline import Pipeline, Step
    from .project.project import Rewrite

TEMPLATES = ("Dockerfile", "main.py")
"""The files that a template may write; that of Dockerfile is `Dockerfile.j2`."""


class KfpExporter(Exporter):
    """A Kubeflow pipeline: a package and a folder per step."""

    output_mimetype = "application/yaml"

    template_name = Unicode("kfp", help="The folder of templates, below nbconvert's template paths.").tag(
        config=True
    )
    extra_template_basedirs = List(
        Unicode(), help="Folders that are looked through for it first. The working directory is not."
    ).tag(config=True)
    target = Enum(("kubeflow", "vertex"), "kubeflow", help="Who is to run the package.").tag(config=True)
    images = Dict(
        value_trait=Unicode(), key_trait=Unicode(), help="The image of each step, by the step's name."
    ).tag(config=True)

    def _file_extension_default(self) -> str:
        return ".yaml"

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:  # noqa: ANN401
        """As nbconvert's. In its command a mistake of the user's ends it without a traceback."""
        from nbconvert.nbconvertapp import NbConvertApp

        try:
            return super().from_filename(filename, resources, **kw)
        except JupyterKfpError as error:
            if NbConvertApp.initialized():
                raise SystemExit(f"error: {error}") from None
            raise

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:  # noqa: ANN401
        """The package's text, and resources whose `outputs` are the project's files.

        Raises UnsoundNotebook or another JupyterKfpError.
        """
        from .dataflow import analyse
        from .notebook import parse_notebook

        nb, resources = super().from_notebook_node(nb, resources, **kw)
        about = resources.get("metadata", {})
        name = about.get("name") or "notebook"
        path = Path(about.get("path") or ".", f"{name}.ipynb")
        loaded = Loaded(analyse(parse_notebook(nb, path)))
        for found in loaded.findings:
            if found.level.value == "warning":
                self.log.warning("%s: %s\n  fix: %s", path, found.message, found.fix)
        package, files = self._write(loaded.sound())
        base = str(resources.get("unique_key") or name)
        outputs = resources.setdefault("outputs", {})
        outputs |= {f"{base}-pipeline/{place}": content for place, content in files.items()}
        resources["output_extension"] = self.file_extension
        return package, resources

    def _write(self, pipeline: Pipeline) -> tuple[str, dict[str, bytes]]:
        """The package's text, and the project's files by their paths in it."""
        from .package import Target, compile_package, render_dsl
        from .project import write_project

        target: Target = self.target  # type: ignore[assignment]
        with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as scratch:
            project = Path(scratch, "project")
            write_project(
                pipeline,
                project,
                extra_files={"pipeline.py": render_dsl(pipeline, self.images, target=target)},
                rewrite=self._rewrite(pipeline),
            )
            package = compile_package(
                pipeline, Path(scratch, "package.yaml"), target=target, images=self.images
            )
            files = {
                path.relative_to(project).as_posix(): path.read_bytes()
                for path in sorted(project.rglob("*"))
                if path.is_file()
            }
            return package.path.read_text(encoding="utf-8"), files

    def _rewrite(self, pipeline: Pipeline) -> Rewrite:
        """Renders the company's template of a file, where there is one."""
        import jinja2

        from .project.dockerfile import quoted

        # not HTML: what a template puts into a file it quotes by the filters below
        environment = jinja2.Environment(  # noqa: S701
            loader=jinja2.FileSystemLoader(self._folders()),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
        )
        environment.filters |= {"docker_quoted": quoted, "python_quoted": ascii}

        def rewrite(step: Step, name: str, text: str) -> str:
            try:
                template = environment.get_template(f"{name}.j2")
                self.log.info("%s of step %s by %s", name, step.name, template.filename)
                return template.render(default=text, step=step, pipeline=pipeline)
            except jinja2.TemplateNotFound as error:
                if error.name == f"{name}.j2":
                    return text
                raise _wrong(error, name) from error
            except jinja2.TemplateError as error:
                raise _wrong(error, name) from error

        return rewrite

    def _folders(self) -> list[Path]:
        """Where templates may be, the first counts. A name that leads elsewhere is refused."""
        from jupyter_core.paths import jupyter_path

        if not re.fullmatch(r"[\w-][\w.-]*", self.template_name):
            raise JupyterKfpError(
                f"{self.template_name!r} is not the name of a template folder",
                fix="give a plain name, such as kfp",
            )
        bases = [*self.extra_template_basedirs, *jupyter_path("nbconvert", "templates")]
        return [Path(base) / self.template_name for base in bases]


def _wrong(error: Exception, name: str) -> JupyterKfpError:
    """A template of the company's that cannot be used."""
    line = getattr(error, "lineno", None)
    where = getattr(error, "filename", None) or f"{name}.j2"
    return JupyterKfpError(
        f"the template cannot be used: {error}",
        where=f"{where}, line {line}" if line else str(where),
        fix="mend the template, or take it away: our own text is used then",
    )
