"""PyTorch tensors on the CPU: their memory goes the way of arrays, so tensors and arrays that share it still do.

In: a tensor. Out: how it is pickled. Gradients travel; a tensor in the middle of a graph, or with hooks, cannot.
"""

from __future__ import annotations

import pickle
import sys
from typing import Any

from . import arrays, rebuild


def is_tensor_type(kind: type) -> bool:
    """Whether these are plain tensors or parameters."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and kind in (torch.Tensor, torch.nn.Parameter)


def reduce_tensor(tensor: Any, storages: dict[tuple[int, int], Any]) -> Any:  # noqa: ANN401
    """Memory, and how to look at it. `storages` keeps one array for each tensor memory.

    Raises PicklingError for what would be lost without a word: a place in a graph, hooks.
    """
    torch: Any = sys.modules["torch"]
    if tensor.grad_fn is not None:
        raise pickle.PicklingError("it is in the middle of a graph; keep `.detach()` of it")
    if tensor._backward_hooks:
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
    args = (
        storages[place], str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape), tensor.stride(),
        tensor.storage_offset(), tensor.requires_grad, type(tensor) is not torch.Tensor,
    )  # fmt: skip
    state = {"grad": tensor.grad, "attributes": dict(vars(tensor))}
    return rebuild.tensor, args, state, None, None, rebuild.set_tensor
