"""One vehicle signal and the check of a value against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autowrx_jupyter.vss.convert import convert

ENTRY_TYPES = frozenset({"sensor", "actuator", "attribute"})
CHANGE_TYPES = frozenset({"static", "onchange", "continuous"})


@dataclass(frozen=True, slots=True)
class Signal:
    """A leaf of the VSS tree.

    Attributes
    ----------
    path : str
        The full name, segments joined by dots.
    entry_type : str
        ``sensor``, ``actuator`` or ``attribute``.
    datatype : str
        The VSS name of the type, such as ``float``, ``uint8`` or ``string[]``.
    description : str
        A short text; empty when the file has none.
    unit : str or None
        The VSS name of the unit, such as ``km/h``.
    min, max : int, float or None
        Inclusive limits, of each element for an array.
    allowed : tuple or None
        The only values that are possible, of each element for an array.
    default : Any or None
        The value before anybody wrote one.
    change_type : str or None
        ``static``, ``onchange`` or ``continuous`` where the file says so.
    """

    path: str
    entry_type: str
    datatype: str
    description: str = ""
    unit: str | None = None
    min: int | float | None = None
    max: int | float | None = None
    allowed: tuple[Any, ...] | None = None
    default: Any | None = None
    change_type: str | None = None

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition(".")[2]

    @property
    def is_array(self) -> bool:
        """Whether a value is a list."""
        return self.datatype.endswith("[]")

    @property
    def element_type(self) -> str:
        """The data type without the array mark."""
        return self.datatype.removesuffix("[]")

    def coerce(self, value: object) -> Any:
        """Turn a value into the Python type of this signal and check it.

        Parameters
        ----------
        value : object
            A plain value, a numpy value, or text such as ``"true"``, ``"12"`` or ``"[1, 2]"``.

        Returns
        -------
        bool, int, float, str or list
            What the signal carries.

        Raises
        ------
        VssError
            The value is of another kind, too large for the type, outside min and max, or not one
            of the allowed ones. The text names the path, the value and what is possible.
        """
        return convert(self, value)
