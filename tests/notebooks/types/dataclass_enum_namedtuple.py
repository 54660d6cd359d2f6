# dataclass, enum, NamedTuple, TypedDict.
# expect: identical

# %% step:define
import collections
import dataclasses
import enum
from typing import NamedTuple, TypedDict


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Frozen:
    p: Point


class Color(enum.Enum):
    RED = 1
    GREEN = "g"


class Flag(enum.IntFlag):
    A = enum.auto()
    B = enum.auto()


class Pair(NamedTuple):
    left: int
    right: str = "r"


class Config(TypedDict):
    name: str


Row = collections.namedtuple("Row", "a b")

# %% step:make
p = Point(1, 2, ["t"])
values = [p, Frozen(p), Color.RED, Flag.A | Flag.B, Pair(1), Row(1, [2]), Config(name="n")]

# %% step:look
print(values)
print(values[1].p is p, values[2] is Color.RED, Color("g"), values[4]._replace(left=5))
print(dataclasses.asdict(p), isinstance(values[5], Row), sorted([Point(2), p]))

# %% step:change
p.tags.append("more")
values[5].b.append(3)

# %% step:last
print(values[1], values[5], Color.RED in list(Color), [c.name for c in Color])
