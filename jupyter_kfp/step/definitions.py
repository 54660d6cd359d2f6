"""Definitions: functions and classes that travel as their source, and the state that classes gather.

In: the definitions that run in a step (step.json) and those of the manifest. Out: for an object, which source
it is still the same as; for a source, the live function or class; for a class, what has been set on it since.
"""

from __future__ import annotations

import ast
import enum
import functools
import hashlib
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NewType

from .rebuild import remember_source, set_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .manifest import DefinitionEntry

DefinitionId = NewType("DefinitionId", str)
ABSENT = "kfp: deleted attribute"
_UNSET = object()
_GENERATED = {
    "__module__", "__qualname__", "__dict__", "__weakref__", "__doc__", "__annotations__", "__slots__",
    "__parameters__", "__orig_bases__", "__abstractmethods__", "__firstlineno__", "__static_attributes__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__classcell__", "__type_params__",
    "__match_args__", "__slotnames__", "__dataclass_fields__", "__dataclass_params__", "__hash__",
    "_abc_impl", "_is_protocol", "_is_runtime_protocol", "__protocol_attrs__", "__non_callable_proto_members__",
}  # fmt: skip


_OF_MEMBERS = {"_value_", "_name_", "__objclass__", "_sort_order_", "_inverted_", "_hash_"}


@dataclass(frozen=True)
class Definition:
    """The source of a top-level `def` or `class`, and the global names that it reads."""

    name: str
    source: str
    needs: tuple[str, ...] = ()
    cell: str = ""  # two cells with the same text make two functions or classes

    @functools.cached_property
    def identity(self) -> DefinitionId:
        """Equal for equal sources of one cell."""
        text = "\0".join((self.cell, self.name, self.source))
        return DefinitionId(hashlib.sha256(text.encode()).hexdigest()[:32])

    @functools.cached_property
    def filename(self) -> str:
        """Stands in for a file name in tracebacks."""
        return f"<{self.name} {self.identity[:12]}>"

    @functools.cached_property
    def node(self) -> ast.stmt:
        """The statement."""
        return ast.parse(self.source).body[0]

    @functools.cached_property
    def code(self) -> types.CodeType | None:
        """The code object of the function, or of the class's body."""
        module = compile(self.source, self.filename, "exec", dont_inherit=True)
        return next(
            (
                each
                for each in module.co_consts
                if isinstance(each, types.CodeType) and each.co_name == self.name
            ),
            None,
        )

    def to_entry(self) -> DefinitionEntry:
        """As it stands in a manifest."""
        return {"name": self.name, "source": self.source, "cell": self.cell, "needs": list(self.needs)}


class Definitions:
    """The definitions that one step knows, over its namespace."""

    def __init__(self, namespace: dict[str, Any], here: Iterable[Definition]) -> None:
        self._namespace = namespace
        self._by_id: dict[DefinitionId, Definition] = {}
        self._by_name: dict[str, list[Definition]] = {}
        self._made: dict[DefinitionId, Any] = {}
        self._known: dict[int, tuple[Any, DefinitionId | None, Any]] = {}
        for definition in here:
            self._by_id[definition.identity] = definition
            self._by_name.setdefault(definition.name, []).append(definition)

    def add(self, entries: Iterable[DefinitionEntry]) -> None:
        """Make definitions of a manifest known too."""
        for entry in entries:
            definition = Definition(entry["name"], entry["source"], tuple(entry["needs"]), entry["cell"])
            self._by_id.setdefault(definition.identity, definition)

    def __getitem__(self, identity: DefinitionId) -> Definition:
        return self._by_id[identity]

    def live(self) -> dict[DefinitionId, Any]:
        """The functions and classes that have been asked for so far."""
        return dict(self._made)

    def find_live(self, identities: Iterable[str]) -> dict[DefinitionId, Any]:
        """The live objects of these definitions, and of all that the namespace has from a listed source."""
        for name in self._by_name:
            bound = self._namespace.get(name)
            identity = self.identify(bound) if bound is not None else None
            if identity is not None:
                self.note(identity, bound)
        listed = {each.identity for definitions in self._by_name.values() for each in definitions}
        return {key: made for key, made in self._made.items() if key in listed or key in set(identities)}

    def note(self, identity: DefinitionId, obj: Any) -> None:  # noqa: ANN401
        """Remember which object a definition is, whatever its name is bound to later."""
        self._made.setdefault(identity, obj)

    def listed(self, name: str) -> bool:
        """Whether this step defines that name from a source."""
        return name in self._by_name

    def identify(self, obj: Any) -> DefinitionId | None:  # noqa: ANN401
        """The definition that `obj` is still the very result of; None where it has to travel by value."""
        name = getattr(obj, "__qualname__", None)
        if not isinstance(name, str):
            return None
        bound = self._namespace.get(name, _UNSET)
        cached = self._known.get(id(obj))
        if cached is not None and cached[0] is obj and cached[2] is bound:
            return cached[1]
        found = self._identify(obj, name, bound)
        self._known[id(obj)] = (obj, found, bound)
        return found

    def _identify(self, obj: Any, name: str, bound: object) -> DefinitionId | None:  # noqa: ANN401
        for identity, made in self._made.items():
            if made is obj:
                return identity if _is_unchanged(obj, self._by_id[identity], self._namespace) else None
        if bound is not obj or getattr(obj, "__module__", None) != self._namespace.get(
            "__name__", "__main__"
        ):
            return None
        candidates = [each for each in reversed(self._by_name.get(name, ())) if each.code is not None]
        matching = [each for each in candidates if _is_unchanged(obj, each, self._namespace)]
        if isinstance(obj, type) and len(matching) > 1:
            matching.sort(key=lambda each: -_likeness(obj, each))
        return matching[0].identity if matching else None

    def resolve(self, identity: DefinitionId) -> Any:  # noqa: ANN401
        """The live function or class of that definition; its source is run where nothing here is it yet.

        Raises KeyError where no manifest has it, and whatever the source raises.
        """
        definition = self._by_id[identity]
        bound = self._namespace.get(definition.name, _UNSET)
        if identity not in self._made and bound is not _UNSET and self.identify(bound) == identity:
            self._made[identity] = bound
        if identity not in self._made:
            remember_source(definition.filename, definition.source)
            code = compile(definition.source, definition.filename, "exec", dont_inherit=True)
            exec(code, self._namespace)  # noqa: S102 - the user's own source
            self._made[identity] = self._namespace.pop(definition.name)
            if bound is not _UNSET:
                self._namespace[definition.name] = bound
        return self._made[identity]


def _is_unchanged(obj: Any, definition: Definition, namespace: dict[str, Any]) -> bool:  # noqa: ANN401
    if isinstance(obj, type):
        return isinstance(definition.node, ast.ClassDef)
    if isinstance(obj, functools._lru_cache_wrapper):
        obj = obj.__wrapped__
        if set(vars(obj)) - {"__wrapped__"}:
            return False
    elif getattr(obj, "__dict__", None):
        return False
    node = definition.node
    if not isinstance(obj, types.FunctionType) or not isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef)
    ):
        return False
    return (
        obj.__globals__ is namespace
        and obj.__closure__ is None
        and definition.code is not None
        and same_code(obj.__code__, definition.code)
        and _defaults(node.args) == (obj.__defaults__ or (), obj.__kwdefaults__ or {})
    )


def _defaults(arguments: ast.arguments) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The defaults as the source says; None where they are not plain immutable literals."""
    try:
        positional = tuple(_literal(node) for node in arguments.defaults)
        named = {
            argument.arg: _literal(node)
            for argument, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if node is not None
        }
    except ValueError:
        return None
    return positional, named


def _literal(node: ast.expr) -> Any:  # noqa: ANN401
    value = ast.literal_eval(node)
    hash(_frozen(value))
    return value


def _frozen(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, (list, dict, set)):
        raise ValueError("changeable")
    return tuple(map(_frozen, value)) if isinstance(value, tuple) else value


def same_code(left: types.CodeType, right: types.CodeType) -> bool:
    """Whether two code objects do the same, wherever they stand."""
    fields = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_argcount",
              "co_posonlyargcount", "co_kwonlyargcount", "co_flags", "co_name")  # fmt: skip
    return (
        all(getattr(left, field) == getattr(right, field) for field in fields)
        and len(left.co_consts) == len(right.co_consts)
        and all(map(_same_constant, left.co_consts, right.co_consts))
    )


def _same_constant(left: object, right: object) -> bool:
    if isinstance(left, types.CodeType) and isinstance(right, types.CodeType):
        return same_code(left, right)
    return type(left) is type(right) and repr(left) == repr(right)


def _functions(value: Any) -> Iterator[types.FunctionType]:  # noqa: ANN401
    if isinstance(value, property):
        parts: tuple[Any, ...] = (value.fget, value.fset, value.fdel)
    elif isinstance(value, functools.cached_property):
        parts = (value.func,)
    elif isinstance(value, functools._lru_cache_wrapper):
        parts = (value.__wrapped__,)
    else:
        parts = (getattr(value, "__func__", value),)
    return (part for part in parts if isinstance(part, types.FunctionType))


def _body_functions(definition: Definition) -> dict[str, list[types.CodeType]]:
    found: dict[str, list[types.CodeType]] = {}
    for constant in definition.code.co_consts if definition.code else ():
        if isinstance(constant, types.CodeType):
            found.setdefault(constant.co_name, []).append(constant)
    return found


def _body_literals(node: ast.stmt) -> dict[str, Any]:
    """What the class's body binds: its immutable literals; for all else, `_UNSET`."""
    found: dict[str, Any] = {}
    for statement in node.body if isinstance(node, ast.ClassDef) else ():
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name):
                try:
                    found[target.id] = _literal(statement.value)  # type: ignore[attr-defined]
                except (ValueError, TypeError):
                    found[target.id] = _UNSET
    return found


def _likeness(cls: type, definition: Definition) -> int:
    bodies = _body_functions(definition)
    literals = _body_literals(definition.node)
    same_functions = sum(
        any(same_code(function.__code__, code) for code in bodies.get(function.__name__, ()))
        for value in vars(cls).values()
        for function in _functions(value)
    )
    same_literals = sum(
        vars(cls).get(name, _UNSET) == value for name, value in literals.items() if value is not _UNSET
    )
    return int(same_functions + same_literals) - len(set(literals) - set(vars(cls)))


def class_state(cls: type, definition: Definition) -> dict[str, Any]:
    """What a class of the notebook holds beyond its source: attributes set, replaced or deleted since."""
    if isinstance(cls, enum.EnumMeta):
        return state_of_members(cls)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return {}
    bodies = _body_functions(definition)
    literals = _body_literals(definition.node)
    bound = _bound_names(definition.node)
    derived = isinstance(definition.node, ast.ClassDef) and (
        bool(definition.node.decorator_list) or cls.__bases__ != (object,) or type(cls) is not type
    )
    state: dict[str, Any] = {}
    for name, value in vars(cls).items():
        if name in _GENERATED or isinstance(value, (types.MemberDescriptorType, types.GetSetDescriptorType)):
            continue
        if derived and name.startswith("__") and name not in bound:
            continue  # what a decorator, a metaclass or a base adds comes again with the source
        functions = list(_functions(value))
        if functions and all(
            any(same_code(each.__code__, code) for code in bodies.get(each.__name__, ()))
            for each in functions
        ):
            continue
        known = literals.get(name, _UNSET)
        if known is not _UNSET and type(known) is type(value) and known == value:
            continue
        state[name] = value
    state.update({name: ABSENT for name in bound if name not in vars(cls) and name not in _GENERATED})
    return state


def state_of_members(cls: enum.EnumMeta) -> dict[str, Any]:
    """What the members of an enumeration hold beside their value."""
    found = {}
    members: dict[str, Any] = dict(cls.__members__)
    for name, member in members.items():
        own = {key: value for key, value in vars(member).items() if key not in _OF_MEMBERS}
        if own:
            found[name] = own
    return found


def from_body(definition: Definition, name: str) -> bool:
    """Whether the class's own body binds that attribute."""
    return name in _bound_names(definition.node)


def _bound_names(node: ast.stmt) -> set[str]:
    names = set(_body_literals(node))
    for statement in node.body if isinstance(node, ast.ClassDef) else ():
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(statement.name)
    return {name for name in names if not (name.startswith("__") and not name.endswith("__"))}


def set_class_state(cls: type, state: dict[str, Any]) -> None:
    """Bring a replayed class to the state of the one it stands for."""
    if isinstance(cls, enum.EnumMeta):
        set_members(cls, state)
        return
    for name, value in state.items():
        if isinstance(value, str) and value == ABSENT:
            if name in vars(cls):
                delattr(cls, name)
        elif vars(cls).get(name, _UNSET) is not value:
            setattr(cls, name, value)
