"""The playground's page widgets, reduced to what a program without a page can do: print a line.

Any name is a widget (``plugins.Mobile``, ``plugins.Terminal``), any method prints its arguments::

    plugins.Mobile.set_text("Hello")        # [Mobile] set_text: Hello
    await plugins.Mobile.notify("Wake up")  # may be awaited, too
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any


class _Done:
    """The result of a widget's method: nothing, whether awaited or not."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "None"


class Widget:
    """Prints what a page would have shown.

    Parameters
    ----------
    name : str
        The widget's name, shown in front of every line.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Widget:
        """Make "another" widget: old programs write ``plugins.Mobile()`` as well."""
        return self

    def __getattr__(self, name: str) -> _Method:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Method(self._name, name)

    def __repr__(self) -> str:
        return f"<widget {self._name}>"


class _Method:
    """One method of a widget."""

    def __init__(self, widget: str, name: str) -> None:
        self._widget = widget
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> _Done:
        words = [str(one) for one in args] + [f"{key}={one}" for key, one in kwargs.items()]
        print(f"[{self._widget}] {self._name}: {' '.join(words)}".rstrip(": "), flush=True)
        return _Done()

    def __getattr__(self, name: str) -> _Method:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Method(f"{self._widget}.{self._name}", name)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if name[0].islower():
        return _Method("plugins", name)
    return Widget(name)
