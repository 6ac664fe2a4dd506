"""The Python source of a generated `vehicle` package."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from autowrx_jupyter.vss.catalogue import Catalogue
from autowrx_jupyter.vss.convert import limits
from autowrx_jupyter.vss.signals import Signal

PACKAGE: Final = "vehicle"
RUNTIME: Final = f"{PACKAGE}._runtime"
_OTHER_ROOTS: Final = "_roots"
# Names that the SDK's nodes and our Branch use themselves.
_TAKEN: Final = frozenset(
    {"name", "parent", "get_path", "get_client", "start", "get_context", "set_context"}
    | {"set_many", "getNode"}
)


@dataclass(slots=True)
class _Names:
    """Python names for the children of one branch."""

    by_vss: dict[str, str] = field(default_factory=dict)

    def add(self, name: str) -> str:
        """Return an identifier for a VSS name that no sibling has."""
        safe = identifier(name)
        taken = set(self.by_vss.values())
        while safe in taken:
            safe += "_"
        self.by_vss[name] = safe
        return safe

    @property
    def renamed(self) -> dict[str, str]:
        """The names that had to be changed."""
        return {name: safe for name, safe in self.by_vss.items() if name != safe}


def identifier(name: str) -> str:
    """Turn a VSS name into something that Python takes as an attribute."""
    safe = re.sub(r"\W", "_", name)
    if safe[0].isdigit():
        safe = f"_{safe}"
    if keyword.iskeyword(safe) or safe in _TAKEN or safe.startswith(("__", "DataPoint")):
        safe = f"{safe.lstrip('_') or 'x'}_"
    return safe


def main_root(catalogue: Catalogue) -> str:
    """Return the root that `vehicle.vehicle` is made of: Vehicle, else the largest."""
    roots = [path for path in catalogue.children("") if path in catalogue.branches]
    if not roots or "Vehicle" in roots:
        return "Vehicle"
    return max(roots, key=lambda root: len(catalogue.find(root)))


def package_files(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the files of the package, as paths relative to its folder, and their text."""
    root = main_root(catalogue)
    others = [
        path for path in catalogue.children("") if path != root and path in catalogue.branches
    ]
    yield from _branch_files(catalogue, root, PACKAGE, "", _tail(root, others))
    if others:
        yield f"{_OTHER_ROOTS}/__init__.py", '"""Further trees of the catalogue."""\n'
    for other in others:
        safe = identifier(other)
        module = f"{PACKAGE}.{_OTHER_ROOTS}.{safe}"
        yield from _branch_files(catalogue, other, module, f"{_OTHER_ROOTS}/{safe}/", "")


def _branch_files(
    catalogue: Catalogue, path: str, module: str, folder: str, tail: str
) -> Iterator[tuple[str, str]]:
    names = _Names()
    kinds: set[str] = set()
    imports: list[str] = []
    body: list[str] = []
    for child in catalogue.children(path):
        name = child.rpartition(".")[2]
        safe = names.add(name)
        signal = catalogue.get(child)
        if signal is not None:
            kind = data_point(signal)
            kinds.add(kind)
            body += _leaf(signal, safe, kind)
            continue
        below = f"{module}.{safe}"
        imports.append(f"    from {below} import {safe} as _{safe}")
        body += _child_branch(catalogue.branches[child], name, safe, below)
        yield from _branch_files(catalogue, child, below, f"{folder}{safe}/", "")
    # Below the root a class has the name of its module, also where siblings would collide.
    class_name = module.rpartition(".")[2] if folder else identifier(path)
    yield (
        f"{folder}__init__.py",
        _module(class_name, path, catalogue.branches.get(path, ""), kinds, imports, body, names)
        + tail,
    )


def _module(
    class_name: str,
    path: str,
    description: str,
    kinds: set[str],
    imports: list[str],
    body: list[str],
    names: _Names,
) -> str:
    lines = [docstring(f"{path}: {description}" if description else path, "")]
    lines += ["from __future__ import annotations", ""]
    if imports:
        lines += ["from typing import TYPE_CHECKING", ""]
    if kinds:
        lines += [f"from velocitas_sdk.model import {', '.join(sorted(kinds))}", ""]
    helpers = ["Branch"]
    helpers += ["branch as _branch"] if imports else []
    helpers += ["leaf as _leaf"] if kinds else []
    lines += [f"from {RUNTIME} import {', '.join(helpers)}", ""]
    if imports:
        lines += ["if TYPE_CHECKING:", *imports, ""]
    lines += ["", f"class {class_name}(Branch):", docstring(description or path, "    "), ""]
    lines.append(f"    _vss_name = {path.rpartition('.')[2]!r}")
    if names.renamed:
        lines.append(f"    _renamed = {names.renamed!r}")
    return "\n".join([*lines, *body]) + "\n"


def _child_branch(description: str, name: str, safe: str, module: str) -> list[str]:
    return [
        f"    {safe}: _{safe} = _branch(None, {name!r}, {description!r}, {module!r})",
        docstring(description or name, "    "),
    ]


def _leaf(signal: Signal, safe: str, kind: str) -> list[str]:
    text = leaf_doc(signal)
    facts = [repr(signal.name), repr(text), repr(signal.entry_type), repr(signal.datatype)]
    limit = [repr(signal.min), repr(signal.max), repr(signal.allowed)]
    while limit and limit[-1] == "None":
        limit.pop()
    return [
        f"    {safe}: {kind} = _leaf({', '.join([kind, *facts, *limit])})",
        docstring(text, "    "),
    ]


def _tail(root: str, others: list[str]) -> str:
    """Return the end of the root module: the instance, and other roots when asked for."""
    safe = identifier(root)
    lines = ["", ""]
    if safe != "Vehicle":
        lines.append(f"Vehicle = {safe}")
    lines.append(f"vehicle = {safe}({root!r})")
    if safe.lower() != "vehicle" and safe.lower() != safe:
        lines.append(f"{safe.lower()} = vehicle")
    table = {identifier(other): f"{PACKAGE}.{_OTHER_ROOTS}.{identifier(other)}" for other in others}
    lines += [
        "",
        f"_ROOTS = {table!r}",
        "",
        "",
        "def __getattr__(name: str) -> object:",
        f"    from {PACKAGE} import _runtime as runtime",
        "",
        "    return runtime.root_attribute(name, Vehicle, _ROOTS)",
    ]
    return "\n".join(lines) + "\n"


def data_point(signal: Signal) -> str:
    """Return the SDK class of a signal, for example DataPointUint8Array."""
    return f"DataPoint{signal.element_type.capitalize()}{'Array' if signal.is_array else ''}"


def leaf_doc(signal: Signal) -> str:
    """Return the text that help shows for a signal: what it is, type, unit, limits, choices."""
    facts = f"{signal.entry_type.capitalize()}, {signal.datatype}"
    if signal.min is not None or signal.max is not None:
        facts += f", {limits(signal)}"
    elif signal.unit:
        facts += f", {signal.unit}"
    text = f"{signal.description}\n\n{facts}." if signal.description else f"{facts}."
    if signal.allowed is not None:
        text += f"\nAllowed: {', '.join(str(one) for one in signal.allowed)}."
    return text


def docstring(text: str, indent: str) -> str:
    """Write text as a triple-quoted literal, whatever it contains."""
    body = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if body.endswith('"'):
        body = f'{body[:-1]}\\"'
    lines = [line.rstrip() for line in body.splitlines()] or [""]
    if len(lines) == 1:
        return f'{indent}"""{lines[0]}"""'
    rest = "\n".join(f"{indent}{line}" if line else "" for line in lines[1:])
    return f'{indent}"""{lines[0]}\n{rest}\n{indent}"""'
