"""A run: the DAG of its IR carried out, node by node, as the driver and Argo do it on the cluster.

In: a specification, the run's parameters. Out: the workflow's nodes as they change, and the run's last state. A task
begins when all that it waits for has succeeded; what waits for a failed, skipped or omitted one is omitted; what does
not wait goes on. One asyncio task carries out each task of a DAG.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .conditions import ExpressionError, holds
from .inputs import DriverError, Place, collected, dag_outputs, with_defaults
from .launch import Launcher, Task, TaskFailedError
from .nodes import Node, Workflow
from .outcome import Ended, Outputs
from .packages import Spec
from .values import ValueTypeError

Json = dict[str, Any]
COMPLETED = "ALL_UPSTREAM_TASKS_COMPLETED"


@dataclass(frozen=True)
class Frame:
    """Where tasks stand: the DAG's own inputs, and its place in the workflow."""

    component: Json
    given: Outputs
    path: str
    node: Node


class Execution:
    """One run. `done` keeps how tasks ended, by path, so that a retry does only what did not succeed."""

    def __init__(self, spec: Spec, run_id: str, workflow: Workflow, launcher: Launcher, logs: Path) -> None:
        self.spec = spec
        self.run_id = run_id
        self.workflow = workflow
        self.launcher = launcher
        self.logs = logs
        self.done: dict[str, Ended] = {}

    async def run(self, parameters: Mapping[str, Any]) -> Ended:
        """Carry it out. Raises nothing but CancelledError."""
        flow = self.workflow
        top = flow.node("", flow.name, "", None)
        flow.begin(top)
        driver = flow.node("root-driver", "root-driver", "system-dag-driver", top)
        flow.begin(driver)
        flow.end(driver, "Succeeded")
        root = flow.node("root", "root", "", driver)
        flow.begin(root)
        component = self.spec.ir["root"]
        frame = Frame(component, Outputs(with_defaults(component, parameters)), "root", root)
        ended = await self._dag(frame)
        flow.end(root, ended.phase)
        flow.end(top, ended.phase)
        return ended

    async def _dag(self, frame: Frame) -> Ended:
        tasks: Json = frame.component["dag"]["tasks"]
        futures: dict[str, asyncio.Task[Ended]] = {}
        async with _Group() as group:
            for key in _order(tasks):
                waits = [futures[other] for other in sorted(_waits(tasks[key]))]
                futures[key] = group.start(self._task(frame, key, tasks[key], waits, futures))
        results = {key: future.result() for key, future in futures.items()}
        bad = [ended for ended in results.values() if ended.failed]
        if bad:
            return Ended("Failed", message=bad[0].message)
        return Ended("Succeeded", dag_outputs(frame.component, results))

    async def _task(
        self,
        frame: Frame,
        key: str,
        task: Json,
        waits: list[asyncio.Task[Ended]],
        futures: Mapping[str, asyncio.Task[Ended]],
    ) -> Ended:
        before = [await future for future in waits]
        whatever = task.get("triggerPolicy", {}).get("strategy") == COMPLETED
        path = f"{frame.path}.{key}"
        if not whatever and any(ended.phase != "Succeeded" for ended in before):
            for place, shown in ((f"{path}-driver", f"{key}-driver"), (path, key)):
                self.workflow.end(self.workflow.node(place, shown, "", frame.node), "Omitted")
            return Ended("Omitted")
        if path in self.done and self.done[path].phase == "Succeeded":
            return self.done[path]
        results = {name: future.result() for name, future in futures.items() if future.done()}
        if "parameterIterator" in task:
            ended = await self._loop(frame, key, task, path, results)
        else:
            ended = await self._once(frame, key, key, task, path, results, frame.node)
        self.done[path] = ended
        return ended

    async def _once(
        self,
        frame: Frame,
        key: str,
        shown: str,
        task: Json,
        path: str,
        results: Mapping[str, Ended],
        parent: Node,
        item: tuple[str, Any] | None = None,
    ) -> Ended:
        """A task, or one item of a loop: its driver, then its container or its group. `shown`: its nodes' name."""
        flow = self.workflow
        component = self.spec.component(task["componentRef"]["name"])
        group = "dag" in component
        driver = flow.node(
            f"{path}-driver", f"{shown}-driver", "system-dag-driver" if group else "system-container-driver", parent
        )  # fmt: skip
        flow.begin(driver)
        try:
            given = self._place(frame, key, task, component, results).inputs(item)
            condition = task.get("triggerPolicy", {}).get("condition", "")
            runs = not condition or holds(condition, given.parameters)
            prepared = None if group else self.launcher.prepare(self.spec, self.run_id, key, component, given)
        except (DriverError, ExpressionError, ValueTypeError) as error:
            flow.end(driver, "Failed", f"main: Error (exit code 1): driver: {error}")
            return Ended("Failed", message=f"{key}: {error}")
        flow.end(driver, "Succeeded")
        node = flow.node(path, shown, "", driver)
        if not runs:
            flow.end(node, "Skipped", "when 'false != false' evaluated false")
            return Ended("Skipped")
        flow.begin(node)
        if group:
            ended = await self._dag(Frame(component, given, path, node))
            flow.end(node, ended.phase)
            return ended
        assert prepared is not None
        use_cache = task.get("cachingOptions", {}).get("enableCache", False)
        if use_cache and (found := self.launcher.cached(prepared)) is not None:
            executor = flow.node(f"{path}.executor", "executor", "", node)
            flow.end(executor, "Skipped")
            flow.end(node, "Succeeded")
            return Ended("Succeeded", found)
        ended = await self._executor(prepared, task, path, node)
        if ended.phase == "Succeeded" and use_cache:
            self.launcher.cache[prepared.fingerprint] = ended.outputs
        flow.end(node, ended.phase, ended.message)
        return ended

    async def _executor(self, prepared: Task, task: Json, path: str, node: Node) -> Ended:
        """The container, tried as often as the task's retry policy says."""
        flow = self.workflow
        policy = task.get("retryPolicy", {})
        retries = int(policy.get("maxRetryCount", 0))
        whole = flow.node(f"{path}.executor", "executor", "" if retries else "system-container-impl", node)
        if retries:
            flow.begin(whole)
        pause = _seconds(policy.get("backoffDuration", "0s"))
        longest = _seconds(policy.get("backoffMaxDuration", "3600s"))
        for attempt in range(retries + 1):
            pod = whole
            if retries:
                pod = flow.node(
                    f"{path}.executor({attempt})", f"executor({attempt})", "system-container-impl", whole
                )
            ended = await self._pod(prepared, pod)
            if ended.phase == "Succeeded" or attempt == retries:
                break
            await asyncio.sleep(min(pause, longest))
            pause *= float(policy.get("backoffFactor", 1.0) or 1.0)
        if retries:
            flow.end(whole, ended.phase, ended.message)
        return ended

    async def _pod(self, prepared: Task, pod: Node) -> Ended:
        log = self.logs / f"{pod.pod}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
        pod.log = str(log)
        try:
            await self.launcher.pull(prepared.container["image"], lambda why: self.workflow.wait(pod, why))
            async with self.launcher.room:
                self.workflow.begin(pod)
                outputs = await self.launcher.attempt(prepared, log)
        except TaskFailedError as error:
            self.workflow.end(pod, "Failed", str(error))
            return Ended("Failed", message=f"{prepared.name}: {error}")
        self.workflow.end(pod, "Succeeded")
        return Ended("Succeeded", outputs)

    async def _loop(
        self, frame: Frame, key: str, task: Json, path: str, results: Mapping[str, Ended]
    ) -> Ended:
        flow = self.workflow
        loop = flow.node(path, key, "", frame.node)
        flow.begin(loop)
        driver = flow.node(f"{path}.iteration-driver", "iteration-driver", "system-dag-driver", loop)
        flow.begin(driver)
        component = self.spec.component(task["componentRef"]["name"])
        try:
            place = self._place(frame, key, task, component, results)
            items = place.items()
            condition = task.get("triggerPolicy", {}).get("condition", "")
            given = place.inputs((task["parameterIterator"]["itemInput"], None))
            runs = not condition or holds(condition, given.parameters)
        except (DriverError, ExpressionError, ValueTypeError) as error:
            flow.end(driver, "Failed", f"main: Error (exit code 1): driver: {error}")
            flow.end(loop, "Failed")
            return Ended("Failed", message=f"{key}: {error}")
        flow.end(driver, "Succeeded")
        every = flow.node(f"{path}.iterations", "iteration-iterations", "", driver)
        if not runs:
            flow.end(every, "Skipped")
            flow.end(loop, "Succeeded")
            return Ended("Succeeded")
        flow.begin(every)
        limit = int(task.get("iteratorPolicy", {}).get("parallelismLimit", 0)) or len(items) or 1
        at_once = asyncio.Semaphore(limit)
        async with _Group() as group:
            running = [
                group.start(self._item(frame, key, task, path, results, every, number, item, at_once))
                for number, item in enumerate(items)
            ]
        each = [future.result() for future in running]
        bad = [ended for ended in each if ended.failed]
        phase = "Failed" if bad else "Succeeded"
        flow.end(every, phase)
        flow.end(loop, phase)
        if bad:
            return Ended("Failed", message=bad[0].message)
        return Ended("Succeeded", collected(component, each))

    async def _item(
        self, frame: Frame, key: str, task: Json, path: str, results: Mapping[str, Ended], every: Node,
        number: int, item: Any, at_once: asyncio.Semaphore,
    ) -> Ended:  # fmt: skip
        async with at_once:
            place = f"{path}.{number}"
            if place in self.done and self.done[place].phase == "Succeeded":
                return self.done[place]
            node = self.workflow.node(
                f"{place}-iteration", f"iteration-iterations({number}:{number})", "", every
            )
            self.workflow.begin(node)
            given = (task["parameterIterator"]["itemInput"], item)
            without = {name: value for name, value in task.items() if name != "triggerPolicy"}
            ended = await self._once(frame, key, "iteration-item", without, place, results, node, given)
            self.workflow.end(node, ended.phase)
            self.done[place] = ended
            return ended

    def _place(
        self, frame: Frame, key: str, task: Json, component: Json, results: Mapping[str, Ended]
    ) -> Place:  # fmt: skip
        return Place(key, task, component, frame.given, results, self.workflow.name, self.run_id)


class _Group:
    """Tasks that are cancelled together; as asyncio.TaskGroup of Python 3.11, whose tasks here never raise."""

    async def __aenter__(self) -> _Group:
        self._tasks: list[asyncio.Task[Ended]] = []
        return self

    def start(self, work: Any) -> asyncio.Task[Ended]:
        task = asyncio.ensure_future(work)
        self._tasks.append(task)
        return task

    async def __aexit__(self, *error: object) -> None:
        try:
            await asyncio.gather(*self._tasks)
        except BaseException:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise


def _waits(task: Json) -> set[str]:
    """The tasks beside it that a task waits for: named, or because it takes what they give."""
    found = set(task.get("dependentTasks", ()))
    for source in task.get("inputs", {}).get("parameters", {}).values():
        for kind in ("taskOutputParameter", "taskFinalStatus"):
            if kind in source:
                found.add(source[kind]["producerTask"])
    for source in task.get("inputs", {}).get("artifacts", {}).values():
        if "taskOutputArtifact" in source:
            found.add(source["taskOutputArtifact"]["producerTask"])
    return found


def _order(tasks: Json) -> Iterator[str]:
    from graphlib import TopologicalSorter

    yield from TopologicalSorter({key: sorted(_waits(tasks[key])) for key in sorted(tasks)}).static_order()


def _seconds(text: str) -> float:
    return float(text.removesuffix("s") or 0)
