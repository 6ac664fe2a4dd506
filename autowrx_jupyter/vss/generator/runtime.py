"""What the generated `vehicle` package needs at run time, on top of velocitas-sdk.

This file is copied into the package as ``_runtime.py``; it must import nothing of ours. Branches
and signals come into being when they are first used, which keeps the import fast.
"""

# The SDK is typed in parts only.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import atexit
import difflib
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar, cast

from velocitas_sdk.model import DataPoint, Model
from velocitas_sdk.vdb.client import VehicleDataBrokerClient

_T = TypeVar("_T")


class SignalValueError(TypeError, ValueError):
    """A value that the signal does not take. The SDK itself raises TypeError for all of these."""


def broker_client() -> VehicleDataBrokerClient:
    """Return the SDK's client; a new one when the loop of the old one has been closed.

    The SDK keeps one client for ever, so a second ``asyncio.run`` would fail.
    """
    old = VehicleDataBrokerClient._instance
    loop = getattr(getattr(old, "_channel", None), "_loop", None)
    if loop is not None and loop.is_closed():
        VehicleDataBrokerClient._instance = None
    return VehicleDataBrokerClient()


@atexit.register
def _release_client() -> None:
    """Let go of the connection while Python is still whole.

    Left to the interpreter's end, gRPC prints "Error in sys.excepthook" below the app's output.
    """
    VehicleDataBrokerClient._instance = None
    for name in ("_stub", "_channel"):
        if name in vars(VehicleDataBrokerClient):
            delattr(VehicleDataBrokerClient, name)


class Branch(Model):
    """A branch of the vehicle; its attributes are the branches and signals below."""

    _vss_name = ""
    _renamed: dict[str, str] = {}  # noqa: RUF012  # VSS names that Python does not take
    _children: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = (name for name, value in vars(cls).items() if isinstance(value, _Child))
        cls._children = (*cls._children, *own)

    def __init__(self, name: str = "", parent: Any = None) -> None:
        super().__init__(parent)
        self.name = name or self._vss_name

    def get_client(self) -> VehicleDataBrokerClient:
        """Return the connection to the signal broker."""
        return broker_client()

    def __getattr__(self, name: str) -> Any:
        kind = type(self)
        if name in kind._renamed:
            return getattr(self, kind._renamed[name])
        if name.startswith("__"):
            raise AttributeError(name)
        message = f"{self.get_path()} has no signal or branch {name!r}."
        close = difflib.get_close_matches(name, kind._children, n=1)
        if close:
            message += f" Did you mean {close[0]}?"
        # With a name but no object Python adds no second "Did you mean".
        raise AttributeError(message, name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, bool | int | float | str | list) and name in type(self)._children:
            raise AttributeError(
                f"{self.get_path()}.{name} is not a variable. To set a signal write: "
                f"await {self.get_path()}.{name}.set({value!r})"
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<{self.get_path()}: {', '.join(type(self)._children)}>"


class _Child(Generic[_T]):
    """A child of a branch; the object is made at the first access and then kept."""

    def __init__(self, name: str, doc: str) -> None:
        self.name = name
        self.__doc__ = doc
        self.attribute = name

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute

    def __get__(self, parent: Branch | None, owner: type) -> Any:
        if parent is None:
            return self
        return parent.__dict__.setdefault(self.attribute, self.make(parent))

    def make(self, parent: Branch) -> Any:
        raise AssertionError("made by a subclass")


class _BranchChild(_Child[_T]):
    def __init__(self, name: str, doc: str, module: str) -> None:
        super().__init__(name, doc)
        self.module = module

    def make(self, parent: Branch) -> Any:
        return load_branch(self.module)(self.name, parent)


class _SignalChild(_Child[_T]):
    def __init__(self, kind: type, name: str, doc: str, facts: tuple[Any, ...]) -> None:
        super().__init__(name, doc)
        self.kind = kind
        self.facts = facts

    def make(self, parent: Branch) -> Any:
        signal = _checked(self.kind)(self.name, parent)
        signal.__doc__ = self.__doc__
        signal.entry_type, signal.datatype, signal.min, signal.max, signal.allowed = self.facts
        for text in signal.allowed or ():
            if isinstance(text, str) and text.isidentifier() and not hasattr(signal, text):
                setattr(signal, text, text)
        return signal


def load_branch(module: str) -> type[Branch]:
    """Import the module of a branch and return its class, which has the name of the module."""
    parent, _, name = module.rpartition(".")
    above = import_module(parent)
    before = above.__dict__.get(name)
    found = import_module(module).__dict__.get(name)
    if found is None:
        raise ImportError(f"The generated module {module} is incomplete; delete its folder.")
    # The import has bound the submodule; keep the names that the parent had or should have.
    setattr(above, name, found if before is None else before)
    return cast("type[Branch]", found)


def branch(kind: type[_T] | None, name: str, doc: str, module: str) -> _T:
    """Declare a branch below this one."""
    return cast("_T", _BranchChild[_T](name, doc, module))


def leaf(
    kind: type[_T],
    name: str,
    doc: str,
    entry_type: str,
    datatype: str,
    low: float | None = None,
    high: float | None = None,
    allowed: tuple[Any, ...] | None = None,
) -> _T:
    """Declare a signal of this branch."""
    return cast("_T", _SignalChild[_T](kind, name, doc, (entry_type, datatype, low, high, allowed)))


class _Signal(DataPoint):
    """Checks a value before it goes to the broker, whose answer does not say what was wrong."""

    entry_type: str
    datatype: str
    min: float | None
    max: float | None
    allowed: tuple[Any, ...] | None

    def get_client(self) -> VehicleDataBrokerClient:
        return broker_client()

    async def set(self, value: Any) -> None:
        """Ask the car to bring this actuator to `value`."""
        await super().set(self.check(value))

    def create_broker_data_point(self, value: Any) -> Any:
        return super().create_broker_data_point(self.check(value))

    def datapoint(self, value: Any) -> Any:
        """Return the broker's message for a value, for those who may write sensors as well."""
        return super().create_broker_data_point(self.fit(value))

    def check(self, value: Any) -> Any:
        """Return the value as the SDK wants it, or raise `SignalValueError`."""
        path = self.get_path()
        if self.entry_type != "actuator":
            article = "an attribute" if self.entry_type == "attribute" else "a sensor"
            raise SignalValueError(f"{path} is {article}: an app can read it but not set it.")
        return self.fit(value)

    def fit(self, value: Any) -> Any:
        """Like `check`, for sensors and attributes as well."""
        if not self.datatype.endswith("[]"):
            return self._element(value, self.datatype)
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise SignalValueError(
                f"{self.get_path()} needs a list ({self.datatype}); got {value!r}."
            )
        return [self._element(item, self.datatype[:-2]) for item in value]

    def _element(self, value: Any, datatype: str) -> Any:
        path = self.get_path()
        result = _convert(value, datatype)
        if result is None:
            raise SignalValueError(
                f"{path} needs {_WANTED.get(datatype, 'a whole number')} ({datatype}); "
                f"got {value!r}."
            )
        if datatype not in ("string", "boolean"):
            low, high = self.min, self.max
            if low is None and "int" in datatype:
                low = 0 if datatype[0] == "u" else -(2 ** (int(datatype[3:]) - 1))
            if high is None and "int" in datatype:
                bits = int(datatype.lstrip("uint"))
                high = 2 ** (bits if datatype[0] == "u" else bits - 1) - 1
            if (low is not None and result < low) or (high is not None and result > high):
                raise SignalValueError(f"{path} must be {_between(low, high)}; got {value!r}.")
        if self.allowed is not None and result not in self.allowed:
            choices = ", ".join(str(one) for one in self.allowed)
            raise SignalValueError(f"{path} does not allow {value!r}. Possible: {choices}.")
        return result


_WANTED = {
    "boolean": "True or False",
    "string": "a text",
    "float": "a number",
    "double": "a number",
}


def _convert(value: Any, datatype: str) -> Any:
    """Return what protobuf takes for this data type, None for a value of another kind."""
    if datatype == "string":
        return value if isinstance(value, str) else None
    if isinstance(value, str | bytes) or value is None:
        return None
    try:
        number = float(value)
        if datatype == "boolean":
            return bool(value) if number in (0, 1) else None
        if datatype in ("float", "double"):
            return number
        return int(value) if number == int(value) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _between(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"between {low} and {high}"
    return f"at least {low}" if low is not None else f"at most {high}"


@cache
def _checked(kind: type) -> Any:
    """Make the checking variant of an SDK class; the SDK goes by the class name, so it stays."""
    return type(kind.__name__, (_Signal, kind), {"__module__": kind.__module__})


def root_attribute(name: str, root: type[Branch], others: dict[str, str]) -> Any:
    """Find what `from vehicle import …` asks for: a branch class, or another tree of the file."""
    if name in others:
        return load_branch(others[name])
    for other, module in others.items():
        if name == other.lower():
            return load_branch(module)()
    child = vars(root).get(name)
    if isinstance(child, _BranchChild):
        return load_branch(child.module)
    raise AttributeError(f"The package vehicle has no {name!r}.")
