"""The fork server: a warm process that forks a kernel for every request. Run as a script, told by stdin.

In: a line of JSON per kernel (`Request` of `kernels.py`). Out: a line with the kernel's pid, then one with its wait
status, both on stdout; what its cells gave in the file that the request names. IPython's own kernel runs the cells,
but over no sockets: messages are kept in a list. IPython and our runtime are imported before; numpy and the like are
not, since when they come counts for what a step restores.
"""

import asyncio
import gc
import importlib
import importlib.util
import json
import logging
import os
import resource
import sys
import time
import types

PAUSES = 3  # turns of the event loop between two cells: tasks in the background go on, as under a real kernel


def main() -> None:
    """Serve until stdin ends."""
    _import_runtime(sys.argv[1])
    kernel = _make_kernel()
    for name in sys.argv[2:]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that children's collections do not copy our pages
    orders, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    with os.fdopen(orders) as lines:
        for line in lines:
            pid = os.fork()
            if pid == 0:
                os.close(answers)
                _be_a_kernel(kernel, json.loads(line))
            os.write(answers, f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            os.write(answers, f"{status}\n".encode())


def _import_runtime(folder: str) -> None:
    """Import `jupyter_kfp/step` under the name that step folders give it."""
    spec = importlib.util.spec_from_file_location(
        "jupyter_kfp_step", f"{folder}/__init__.py", submodule_search_locations=[folder]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["jupyter_kfp_step"] = module
    spec.loader.exec_module(module)
    for name in module.__all__:
        if name in ("load", "save"):
            getattr(module, name)


def _make_kernel():
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.history import HistoryManager
    from jupyter_client.session import Session

    class KeepingSession(Session):
        """Keeps messages where another sends them."""

        def send(self, stream, msg_or_type, content=None, parent=None, **_):
            if isinstance(msg_or_type, dict):
                kept.append((msg_or_type["header"]["msg_type"], msg_or_type["content"]))
            else:
                kept.append((msg_or_type, content))

    kept: list = []
    HistoryManager.enabled = False
    kernel = IPythonKernel.instance(session=KeepingSession(), log=logging.getLogger("kernel"))
    kernel.kept = kept
    kernel.shell_channel_thread = types.SimpleNamespace(
        parent_thread=None
    )  # no thread for channels: no sigint
    IPKernelApp.instance().kernel = kernel
    kernel.shell.extension_manager.load_extension("storemagic")
    return kernel


class _Stream:
    """stdout or stderr of a kernel: what is written becomes a message."""

    encoding, errors, closed, newlines = "UTF-8", "replace", False, None
    line_buffering = False

    def __init__(self, name, kept, fd):
        self.name = name
        self._kept = kept
        self._fd = fd

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._kept.append(("stream", {"name": self.name, "text": text}))
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def fileno(self):
        return self._fd

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False

    def seekable(self):
        return False


def _be_a_kernel(kernel, request):
    """Run the request's cells and end. Never returns."""
    status = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()  # or all children would draw the same numbers
        sys.path[0:1] = ["", *([request["path"]] if request["path"] else [])]
        kernel.shell.user_ns["_dh"][:] = [request["folder"]]
        asyncio.run(_run(kernel, request))
        status = 0
    except BaseException:
        import traceback

        with open(request["answer"] + ".error", "w") as file:  # noqa: PTH123
            traceback.print_exc(file=file)
    finally:
        os._exit(status)


async def _run(kernel, request):
    fds = _files_for_fds(request["answer"])
    kept = kernel.kept
    sys.stdout = _Stream("stdout", kept, fds["stdout"][0])
    sys.stderr = _Stream("stderr", kept, fds["stderr"][0])
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    kernel.shell.parent_header = {}
    given = []
    for source, may_fail in request["cells"]:
        kept.clear()
        if request["plain"]:
            reply = _run_plainly(kernel, source, len(given) + 1)
        else:
            reply = await kernel.do_execute(source, False, store_history=True, allow_stdin=False)
            for _ in range(PAUSES):
                await asyncio.sleep(0)
        for name, (_, file) in fds.items():
            if text := file.read().decode(errors="replace"):
                kept.append(("stream", {"name": name, "text": text}))
        given.append({"count": reply["execution_count"], "outputs": list(_outputs(kept))})
        if reply["status"] != "ok" and not may_fail:
            break
    beside = request["answer"] + ".new"
    with open(beside, "w") as file:  # noqa: PTH123
        json.dump(given, file, default=str)
    os.rename(beside, request["answer"])  # noqa: PTH104


def _run_plainly(kernel, source, count):
    """Run a cell as Python alone: no magics, no display but what is printed."""
    namespace = kernel.shell.user_ns
    try:
        exec(compile(source, f"<cell {count}>", "exec"), namespace)
    except BaseException as error:
        kernel.kept.append(("error", {"ename": type(error).__name__, "evalue": str(error), "traceback": []}))
        return {"status": "error", "execution_count": count}
    return {"status": "ok", "execution_count": count}


def _files_for_fds(answer):
    """Files in the places of the streams' descriptors: C code and child processes write there."""
    fds = {}
    for number, name in ((1, "stdout"), (2, "stderr")):
        path = f"{answer}.{name}"
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(target, number)
        os.close(target)
        fds[name] = (number, open(path, "rb", buffering=0))  # noqa: PTH123, SIM115
    return fds


def _outputs(kept):
    """nbformat outputs of a cell's messages, as nbclient makes them."""
    outputs = []
    displays: dict = {}
    clear = False
    for kind, content in kept:
        if clear and kind != "clear_output":
            outputs.clear()
            clear = False
        if kind == "stream":
            if outputs and outputs[-1].get("name") == content["name"]:
                outputs[-1]["text"] += content["text"]
            else:
                outputs.append({"output_type": "stream", **content})
        elif kind in ("display_data", "execute_result"):
            output = {"output_type": kind, "data": content["data"], "metadata": content["metadata"]}
            if kind == "execute_result":
                output["execution_count"] = content["execution_count"]
            outputs.append(output)
            display = content.get("transient", {}).get("display_id")
            if display is not None:
                displays.setdefault(display, []).append(output)
        elif kind == "update_display_data":
            for output in displays.get(content.get("transient", {}).get("display_id"), ()):
                output.update(data=content["data"], metadata=content["metadata"])
        elif kind == "error":
            outputs.append(
                {"output_type": "error", **{k: content[k] for k in ("ename", "evalue", "traceback")}}
            )
        elif kind == "clear_output":
            clear = bool(content.get("wait"))
            if not clear:
                outputs.clear()
    return outputs


if __name__ == "__main__":
    main()
