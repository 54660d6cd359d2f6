# Annotations, string annotations, and reading them.
# expect: identical

# %% step:make
from typing import Optional, get_type_hints

count: int = 3
later: "Optional[Point]" = None
only: str


class Point:
    x: int
    y: "Point | None" = None

    def to(self, other: "Point") -> "Point":
        return other


def f(a: int, b: "Point" = None) -> Optional[str]:
    return a


# %% step:look
print(count, later, "only" in dir(), f.__annotations__)
print(get_type_hints(Point), get_type_hints(f))

# %% step:last
print(Point.__annotations__, Point.to.__annotations__["return"])
