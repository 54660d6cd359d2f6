"""main.py of a step: the flags of a command line, as a person would write them by hand.

In comes a step of a pipeline, out goes source that ruff and black leave as it is. It needs the standard library and
the `jupyter_kfp_step` beside it, and imports nothing heavy to print its help. Contract: docs/step-contract.md.
"""

from __future__ import annotations

import keyword
import shlex
from typing import TYPE_CHECKING

from ..flags import step_flags
from ..parameters import parameter_text
from .plain import shortened
from .python_source import WIDTH, block, call, literal, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..flags import Flag, StepFlags
    from ..notebook.cells import StepName
    from ..pipeline import Name, Parameter, Pipeline, Step

LONGEST_EXAMPLE = 40
READERS = {
    "bool": "boolean",
    "int": "int",
    "float": "float",
    "str": "str",
    "list": "json_list",
    "dict": "json_object",
}
METAVARS = {
    "bool": "true|false",
    "int": "NUMBER",
    "float": "NUMBER",
    "str": "TEXT",
    "list": "JSON",
    "dict": "JSON",
}

BOOLEAN = """\
def boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"
"""
JSON_LIST = """\
def json_list(text: str) -> list[object]:
    value = json.loads(text)
    if not isinstance(value, list):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON list")
    return value
"""
JSON_OBJECT = """\
def json_object(text: str) -> dict[str, object]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object")
    return value
"""
OR_NULL = """\
def or_null(read: Callable[[str], object]) -> Callable[[str], object]:
    def read_or_null(text: str) -> object:
        return None if text == "null" else read(text)

    return read_or_null
"""


def render_main(pipeline: Pipeline, step: Step) -> str:
    """The whole of the step's main.py."""
    flags = step_flags(pipeline, step.name)
    known = {parameter.name: parameter for parameter in pipeline.parameters}
    parameters = [known[name] for name in step.parameters]
    readers = _readers(parameters, loops=bool(step.settings.foreach))
    parts = [
        _docstring(pipeline, step),
        _imports(readers),
        f"EXAMPLE = {block(_example(pipeline, parameters, flags, step))}",
        *("\n" + reader.rstrip("\n") for reader in readers),
        "\n" + _read_flags(pipeline, step, parameters, flags),
        "\n" + _main(flags, loops=bool(step.settings.foreach)),
        '\nif __name__ == "__main__":\n    sys.exit(main())\n',
    ]
    return "\n\n".join(parts)


def _docstring(pipeline: Pipeline, step: Step) -> str:
    source = shortened(pipeline.notebook.name, 60).replace("\\", "/").replace('"', "'")
    name = shortened(pipeline.name, 40).replace("\\", "/").replace('"', "'")
    return "\n".join(
        [
            f'"""Step {step.name} of the pipeline {name}.',
            "",
            "Fetches the state of the steps before it, runs the cells of step.ipynb, hands on its",
            "own state, and leaves the executed notebook in the run's folder.",
            "",
            f"Made by jupyter-kfp from {source}: make changes there, they are lost here.",
            '"""',
        ]
    )


def _readers(parameters: list[Parameter], *, loops: bool) -> list[str]:
    types = {parameter.type for parameter in parameters}
    wanted = {
        BOOLEAN: "bool" in types,
        JSON_LIST: "list" in types,
        JSON_OBJECT: "dict" in types or loops,
        OR_NULL: any(parameter.default is None for parameter in parameters),
    }
    return [reader for reader, needed in wanted.items() if needed]


def _imports(readers: list[str]) -> str:
    lines = ["import argparse"]
    if JSON_LIST in readers or JSON_OBJECT in readers:
        lines.append("import json")
    lines += ["import os", "import sys"]
    if OR_NULL in readers:
        lines.append("from collections.abc import Callable")
    lines += ["from pathlib import Path", "", "from jupyter_kfp_step import run_step"]
    return "\n".join(lines)


def _example(pipeline: Pipeline, parameters: list[Parameter], flags: StepFlags, step: Step) -> str:
    """A command line that runs this step by hand, its parents having been run the same way."""
    words = ["--bucket=../../by-hand", "--run=by-hand"]
    for parameter in parameters:
        text = parameter_text(parameter.default)
        # One that is long or cannot be typed says less than the flag's own help.
        if len(text) <= LONGEST_EXAMPLE and text.isprintable():
            words.append(shlex.quote(f"{flags.parameters[parameter.name]}={text}"))
    words += [f'{flag}="$(cat ../../by-hand/{parent}.state)"' for parent, flag in flags.states.items()]
    if pipeline.data_files:
        words.append('--files="$(cat ../../by-hand/files)"')  # README.md says how that is made
    words.append(f"--state-path=../../by-hand/{step.name}.state")
    lines = ["  python main.py"]
    for word in words:
        if len(lines[-1]) + len(word) + 3 > WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {word}"
    return "\n".join(
        ["example, by hand, with a local folder as the bucket:", *(_unformatted(x) for x in lines)]
    )


def _read_flags(pipeline: Pipeline, step: Step, parameters: list[Parameter], flags: StepFlags) -> str:
    title = shortened(step.title, 200)
    description = title if title != step.name else f"Step {step.name} of {shortened(pipeline.name, 100)}."
    lines = [
        "def read_flags() -> argparse.Namespace:",
        call(
            "parser = argparse.ArgumentParser",
            [
                f"description={text(_unformatted(description))}",
                "epilog=EXAMPLE",
                "formatter_class=argparse.RawDescriptionHelpFormatter",
                "allow_abbrev=False",
            ],
            4,
        ),
        _flag("parser", "--bucket", "URI", "gs://bucket/prefix, or a folder", "required=True"),
        _flag("parser", "--run", "NAME", "name of the run"),
        _flag("parser", "--run-folder", "URI", "the run's folder"),
        _flag("parser", "--files", "URI", "the notebook's data files"),
        _flag("parser", "--workdir", "DIR", "where the cells run", "type=Path"),
        _flag(
            "parser",
            "--kernel",
            "NAME",
            "kernel that runs the cells, if not the notebook's",
            'default=os.environ.get("JUPYTER_KFP_KERNEL")',
        ),
    ]
    if parameters:
        lines += ["", '    parameters = parser.add_argument_group("parameters of the notebook")']
        lines += [_parameter(parameter, flags.parameters[parameter.name]) for parameter in parameters]
    if step.settings.foreach:
        doc = f"which of the loop it is, and its {' and '.join(step.settings.foreach)}"
        lines.append(_flag("parser", "--item", "JSON", doc, "type=json_object"))
    if flags.states:
        lines += ["", '    states = parser.add_argument_group("state of the steps before")']
        lines += [
            _flag("states", flag, "URI", f"state of {parent}", "required=True")
            for parent, flag in flags.states.items()
        ]
    lines += ["", '    outputs = parser.add_argument_group("what is given back")']
    lines += [
        _flag("outputs", "--state-path", "FILE", "gets the uri of the state", "type=Path"),
        _flag("outputs", "--metrics-path", "FILE", "gets metrics.json", "type=Path"),
        _flag("outputs", "--html-path", "FILE", "gets output.html", "type=Path"),
    ]
    lines += [
        _flag("outputs", flag, "FILE", f"gets the metric {name}", "type=Path")
        for name, flag in flags.metrics.items()
    ]
    lines += [
        _flag("outputs", flag, "FILE", f"gets the file of {name}", "type=Path")
        for name, flag in flags.results.items()
    ]
    lines += [
        _flag("outputs", "--executor-input", "JSON", "what Kubeflow asks for"),
        "",
        "    args = parser.parse_args()",
        "    if not (args.run or args.executor_input):",
        '        parser.error("give --run a name")',
        "    return args",
    ]
    return "\n".join(lines)


def _flag(group: str, flag: str, metavar: str, doc: str, *options: str) -> str:
    arguments = [
        text(flag),
        *_destination(flag),
        *options,
        f"metavar={text(metavar)}",
        f"help={text(doc)}",
    ]
    return call(f"{group}.add_argument", arguments, 4)


def _parameter(parameter: Parameter, flag: Flag) -> str:
    reader = READERS[parameter.type]
    options = [] if reader == "str" else [f"type={reader}"]
    if parameter.default is None:
        options = [f"type=or_null({reader})"]
    else:
        taken = len("        default=,")
        options.append(f"default={literal(parameter.default, 8, taken)}")
    default = shortened(parameter_text(parameter.default), LONGEST_EXAMPLE)
    doc = f"{shortened(parameter.doc, 300)} (default: {default})".strip().replace("%", "%%")
    return _flag("parameters", flag, METAVARS[parameter.type], doc, *options)


def _main(flags: StepFlags, *, loops: bool) -> str:
    arguments = [
        "Path(__file__).resolve().parent",
        "bucket=args.bucket",
        "run=args.run",
        _mapping("parameters", flags.parameters),
        _mapping("states", flags.states),
        "files=args.files or None",
        "executor_input=args.executor_input",
        "state_path=args.state_path",
        "metrics_path=args.metrics_path",
        "html_path=args.html_path",
        *([_mapping("metric_paths", flags.metrics)] if flags.metrics else []),
        *([_mapping("result_paths", flags.results)] if flags.results else []),
        "run_folder=args.run_folder",
        *(["item=args.item"] if loops else []),
        "kernel=args.kernel",
        "workdir=args.workdir",
    ]
    return "\n".join(["def main() -> int:", "    args = read_flags()", call("return run_step", arguments, 4)])


def _mapping(argument: str, flags: Mapping[Name, Flag] | Mapping[StepName, Flag]) -> str:
    pairs = [f"{text(name)}: args.{_attribute(flag)}" for name, flag in flags.items()]
    flat = f"{argument}={{{', '.join(pairs)}}}"
    if len(flat) + len("        ,") <= WIDTH:
        return flat
    return "\n".join([f"{argument}={{", *(f"            {pair}," for pair in pairs), "        }"])


def _attribute(flag: str) -> str:
    """The name under which argparse keeps the flag's value; unique, since the flag is."""
    name = flag.removeprefix("--").replace("-", "_")
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"


def _destination(flag: str) -> list[str]:
    name = flag.removeprefix("--").replace("-", "_")
    return [] if _attribute(flag) == name else [f"dest={text(_attribute(flag))}"]


def _unformatted(text: str) -> str:
    """The text as argparse prints it unchanged: it formats description and epilog only where `%(prog)` is in it."""
    return text.replace("%", "%%") if "%(prog)" in text else text
