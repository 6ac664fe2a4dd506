"""The data types of VSS: names, number ranges, and the spellings found in files."""

from __future__ import annotations

from typing import Final

INT_RANGES: Final[dict[str, tuple[int, int]]] = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
FLOAT_MAX: Final = 3.4028235677973366e38  # above this a 32-bit float is infinite

SCALARS: Final = frozenset({*INT_RANGES, "float", "double", "boolean", "string"})
DATATYPES: Final = SCALARS | {f"{name}[]" for name in SCALARS}

# Spellings of older releases and of hand-made files, all in lower case.
_ALIASES: Final = {
    "bool": "boolean",
    "str": "string",
    "float32": "float",
    "float64": "double",
    "byte": "uint8",
}


def normalise(text: object) -> str | None:
    """Return the VSS name of a data type spelled like ``UInt8`` or ``uint8[4]``, else None."""
    if not isinstance(text, str):
        return None
    name = text.strip()
    if name in DATATYPES:
        return name
    name = name.lower()
    array = ""
    if name.endswith("]"):
        name, _, length = name[:-1].partition("[")
        if length and not length.isdigit():
            return None
        array = "[]"
    name = name.strip()
    name = _ALIASES.get(name, name)
    return name + array if name in SCALARS else None
