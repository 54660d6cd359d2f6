"""Compile 200 and 1,000 steps, beside importing kfp, and clean a package of a megabyte. Goals: 1 s, 6 s, 1 s.

python benchmarks/package.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from _measure import best, chain, machine, python, write

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
CLEAN = "from pathlib import Path\nfrom jupyter_kfp.package import clean_package\n"
STEP = """
  - name: step-{number}
    container:
      image: example.com/step:{number}
      args: [--count, "{number}"]
    outputs:
      artifacts:
      - {{name: mlpipeline-ui-metadata, path: /mlpipeline-ui-metadata.json, optional: true}}
      - {{name: mlpipeline-metrics, path: /mlpipeline-metrics.json, optional: true}}
"""
HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates:"


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
        text = HEAD + "".join(STEP.format(number=number) for number in range(3300))
        (folder / "p.yaml").write_text(text)
        beside = best(lambda: python(CLEAN, folder), TIMES)
        taken = best(lambda: python(CLEAN + "clean_package(Path('p.yaml'), Path('q.yaml'))", folder), TIMES)
    print(f"clean {len(text) / 1e6:.1f} MB, beyond importing     {taken - beside}")


if __name__ == "__main__":
    main()
