"""PyTorch tensors on the CPU: their memory goes the way of arrays, so tensors and arrays that share it still do.

In: a tensor, an optimizer. Out: how it is pickled. Gradients travel. Of a tensor that was computed from parameters the
value travels and the graph behind it stays: to go backward from it in a later step is an error. Hooks cannot travel.
"""

from __future__ import annotations

import copyreg
import pickle
import sys
from typing import Any

from . import arrays, rebuild

STEP_MARKS = ("_wrapped_by_lr_sched", "_with_counter")  # of PyTorch 2.4 and newer, and of older ones


def is_tensor_type(kind: type) -> bool:
    """Whether these are plain tensors or parameters."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and kind in (torch.Tensor, torch.nn.Parameter)


def reduce_tensor(tensor: Any, storages: dict[tuple[int, int], Any]) -> Any:  # noqa: ANN401
    """Memory, and how to look at it. `storages` keeps one array for each tensor memory.

    Raises PicklingError for what would be lost without a word: a place in a graph, hooks.
    """
    torch: Any = sys.modules["torch"]
    if tensor._backward_hooks or (tensor.grad_fn is not None and tensor.retains_grad):
        raise pickle.PicklingError("it has hooks")
    plain = tensor.device.type == "cpu" and tensor.layout == torch.strided and not tensor.is_quantized
    if not plain or tensor.is_conj() or tensor.is_neg() or arrays.numpy() is None:
        return NotImplemented
    storage = tensor.untyped_storage()
    place = (storage.data_ptr(), storage.nbytes())
    if place not in storages:
        storages[place] = (
            arrays.raw_memory(place[0], sum(place), storage) if place[1] else arrays.numpy().empty(0, "u1")
        )
    args: tuple[Any, ...] = (
        storages[place], str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), tensor.stride(),
        tensor.storage_offset(), tensor.requires_grad, type(tensor) is not torch.Tensor,
    )  # fmt: skip
    attributes = dict(vars(tensor))
    if tensor.grad_fn is not None:
        return (
            rebuild.computed_tensor,
            (*args[:-2], _name(tensor.grad_fn)),
            attributes,
            None,
            None,
            rebuild.set_attributes,
        )
    return (
        rebuild.tensor,
        args,
        {"grad": tensor.grad, "attributes": attributes},
        None,
        None,
        rebuild.set_tensor,
    )


def is_optimizer_type(kind: type) -> bool:
    """Whether these are optimizers of PyTorch."""
    module: Any = sys.modules.get("torch.optim")
    return module is not None and issubclass(kind, module.Optimizer)


def reduce_optimizer(optimizer: Any) -> Any:  # noqa: ANN401
    """All that it holds. PyTorch's own way drops the mark that a learning rate scheduler left on `step`."""
    held = dict(vars(optimizer))
    marks = [mark for mark in STEP_MARKS if hasattr(held.get("step"), mark)]
    if marks:
        del held["step"]
    state = {"held": held, "marks": marks}
    return copyreg.__newobj__, (type(optimizer),), state, None, None, rebuild.set_optimizer  # type: ignore[attr-defined]


def _name(node: Any) -> str:  # noqa: ANN401
    """What a printed tensor calls the operation that it came from."""
    name = type(node).__name__
    return str(node.name()).rpartition("::")[2] if name == "CppFunction" else name
