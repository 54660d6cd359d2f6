# Protocol, Generic, abstract collections.
# expect: identical

# %% step:define
import collections.abc
from typing import Generic, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class Speaks(Protocol):
    def speak(self) -> str: ...


class Box(Generic[T]):
    def __init__(self, item: T):
        self.item = item


class Pages(collections.abc.Sequence):
    def __getitem__(self, i):
        return ["a", "b"][i]

    def __len__(self):
        return 2


# %% step:derive
class Dog:
    def speak(self):
        return "woof"


dog, box, pages = Dog(), Box[int](5), Pages()

# %% step:look
print(isinstance(dog, Speaks), isinstance(box, Box), box.item, Box[str], list(pages), "b" in pages)
