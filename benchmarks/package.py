"""Compile 200 and 1,000 steps, beside importing kfp, and clean a package of a megabyte. Goals: 1 s, 6 s, 1 s.

python benchmarks/package.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from _measure import PROGRAM, best, chain, machine, python, run, write

TIMES = 3
IMPORTS = "import jupyter_kfp.package, kfp.compiler, kfp.dsl.graph_component, kfp.kubernetes"
ANALYSE = """
import pickle
from pathlib import Path
from jupyter_kfp.dataflow import analyse
from jupyter_kfp.notebook import read_notebook
Path("p.pkl").write_bytes(pickle.dumps(analyse(read_notebook(Path("large.ipynb")))))
"""
LOAD = f"""
import pickle
from pathlib import Path
{IMPORTS}
pipeline = pickle.loads(Path("p.pkl").read_bytes())
"""
COMPILE = LOAD + "jupyter_kfp.package.compile_package(pipeline, Path('p.yaml'))"
CLEAN = "import jupyter_kfp.cli.clean, jupyter_kfp.package"
REAL = Path(__file__).parents[1] / "tests" / "data" / "v1-packages" / "iris-kfp0.1.19.yaml"


def legacy(size: int) -> str:
    """A package of about so many bytes, of the steps of a real one."""
    text = REAL.read_text(encoding="utf-8")
    package = yaml.safe_load(text)
    templates = package["spec"]["templates"]
    package["spec"]["templates"] = [
        {**template, "name": f"{template['name']}-{number}"}
        for number in range(size // len(text))
        for template in templates
    ]
    return str(yaml.dump(package, Dumper=_Whole, default_flow_style=False))


class _Whole(yaml.SafeDumper):
    """Writes no anchors, as the compilers do."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def main() -> None:
    """Print a row for each."""
    print(f"packages, best of {TIMES} ({machine()})")
    for steps in (200, 1000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(chain(steps), folder / "large.ipynb")
            python(ANALYSE, folder)
            beside = best(lambda folder=folder: python(LOAD, folder), TIMES)  # type: ignore[misc]
            taken = best(lambda folder=folder: python(COMPILE, folder), TIMES)  # type: ignore[misc]
        print(f"compile {steps:4} steps, beyond importing  {taken - beside}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = legacy(1_100_000)
        (folder / "p.yaml").write_text(text)
        beside = best(lambda: python(CLEAN, folder), TIMES)
        taken = best(lambda: run([PROGRAM, "clean", "p.yaml", "-o", "q.yaml"], folder), TIMES)
    print(f"clean {len(text) / 1e6:.1f} MB, beyond importing     {taken - beside}")


if __name__ == "__main__":
    main()
