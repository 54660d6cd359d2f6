"""A step's settings as calls of the DSL: resources, retries, environment, and what only Kubernetes has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from ..notebook.settings import StepSettings
from ..project.plain import one_line
from ..project.python_source import call, literal, text
from .interface import StepInterface
from .targets import Target

GPU = "nvidia.com/gpu"
GOOGLE_MOUNT = "/secret/gcp-credentials"
GOOGLE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
_MULTIPLES = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


def setters(step: StepInterface, task: str, target: Target, indent: int) -> Iterator[str]:
    """The lines that set up `task`; those of `kfp.kubernetes` only where the target has Kubernetes."""
    settings = step.step.settings
    for method, arguments in _portable(step, settings):
        yield call(f"{task}.{method}", arguments, indent)
    if target != "vertex":
        if settings.google_credentials is not None:
            path = f"{GOOGLE_MOUNT}/{settings.google_credentials.key}"
            if GOOGLE_VARIABLE not in settings.environment:
                yield call(f"{task}.set_env_variable", [text(GOOGLE_VARIABLE), text(path)], indent)
        for function, arguments in _kubernetes(settings):
            yield call(f"kubernetes.{function}", [task, *arguments], indent)


def cpu(quantity: str) -> str:
    """A Kubernetes quantity of CPUs as kfp takes it: a number, or a number with `m`."""
    if re.fullmatch(r"[0-9.]+m?", quantity):
        return quantity
    return str(math.ceil(_exact(quantity)))


def memory(quantity: str) -> str:
    """A Kubernetes quantity of bytes as kfp takes it: a whole number, with K, M, G, T or Ki, Mi, Gi, Ti."""
    if re.fullmatch(r"[0-9]+(M|G|T|Ki|Mi|Gi|Ti)?", quantity):
        return quantity
    size = math.ceil(_exact(quantity))
    for unit in ("Ti", "Gi", "Mi", "Ki"):
        if size and size % _MULTIPLES[unit] == 0:
            return f"{size // _MULTIPLES[unit]}{unit}"
    return str(size)


def _exact(quantity: str) -> Fraction:
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", quantity).groups()  # type: ignore[union-attr]
    return Fraction(number) / 1000 if unit == "m" else Fraction(number) * _MULTIPLES[unit]


def _portable(step: StepInterface, settings: StepSettings) -> Iterator[tuple[str, list[str]]]:
    display = one_line(settings.display_name or step.step.title)
    if display and display != step.task:
        yield "set_display_name", [text(display)]
    if settings.cpu:
        yield "set_cpu_request", [text(cpu(settings.cpu))]
    if settings.cpu_limit:
        yield "set_cpu_limit", [text(cpu(settings.cpu_limit))]
    if settings.memory:
        yield "set_memory_request", [text(memory(settings.memory))]
    if settings.memory_limit:
        yield "set_memory_limit", [text(memory(settings.memory_limit))]
    if settings.gpu:
        yield "set_accelerator_type", [text(settings.gpu_type or GPU)]
        yield "set_accelerator_limit", [str(settings.gpu)]
    if settings.retries:
        arguments = [str(settings.retries)]
        if settings.backoff is not None:
            arguments += [
                f'backoff_duration="{settings.backoff.seconds}s"',
                f"backoff_factor={settings.backoff.factor!r}",
                f'backoff_max_duration="{settings.backoff.longest}s"',
            ]
        yield "set_retry", arguments
    if settings.cache is not None:
        yield "set_caching_options", [repr(settings.cache)]
    for name, value in settings.environment.items():
        yield "set_env_variable", [text(name), text(value)]


def _kubernetes(settings: StepSettings) -> Iterator[tuple[str, list[str]]]:
    if settings.timeout:
        yield "set_timeout", [str(settings.timeout)]
    for variable, secret in settings.secrets.items():
        yield "use_secret_as_env", [text(secret.secret), literal({secret.key: variable})]
    for variable, source in settings.config_maps.items():
        yield "use_config_map_as_env", [text(source.config_map), literal({source.key: variable})]
    if settings.google_credentials is not None:
        yield "use_secret_as_volume", [text(settings.google_credentials.secret), text(GOOGLE_MOUNT)]
    for volume in settings.secret_volumes:
        yield "use_secret_as_volume", [text(volume.secret), text(volume.path)]
    for claim in settings.volumes:
        yield "mount_pvc", [text(claim.claim), text(claim.path)]
    for label, value in settings.node_selector.items():
        yield "add_node_selector", [text(label), text(value)]
    for toleration in settings.tolerations:
        given = {
            "key": toleration.key,
            "operator": toleration.operator,
            "value": toleration.value,
            "effect": toleration.effect,
            "toleration_seconds": toleration.seconds,
        }
        yield (
            "add_toleration",
            [f"{key}={literal(value)}" for key, value in given.items() if value is not None],
        )
    for label, value in settings.labels.items():
        yield "add_pod_label", [text(label), text(value)]
    for annotation, value in settings.annotations.items():
        yield "add_pod_annotation", [text(annotation), text(value)]
    if settings.image_pull_secrets:
        yield "set_image_pull_secrets", [literal(list(settings.image_pull_secrets))]
    if settings.security is not None:
        context = {
            "run_as_non_root": settings.security.non_root or None,
            "run_as_user": settings.security.user,
            "run_as_group": settings.security.group,
        }
        arguments = [f"{key}={value!r}" for key, value in context.items() if value is not None]
        if arguments:
            yield "set_security_context", arguments
