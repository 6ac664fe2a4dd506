"""How our widgets appear in a notebook, and what stays there when they are closed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from IPython.display import DisplayHandle, display
from ipywidgets import VBox, Widget

MAX_PLACES = 20
"""In how many outputs of one widget the last picture is kept."""


class ShownBox(VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A box that leaves its last picture in the notebook when it is closed.

    A widget output is empty for a reader without a kernel. So on `close` every output that shows
    this box is replaced by `still`, an ordinary output that notebooks, exports and repositories
    can show. Only the main thread may display and close.
    """

    _made = False
    _closing = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._places: deque[DisplayHandle] = deque(maxlen=MAX_PLACES)
        super().__init__(*args, **kwargs)
        self._made = True

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closing

    def still(self) -> dict[str, Any]:
        """Return the last state as a plain output: a picture or text by MIME type."""
        return {"text/plain": repr(self)}

    def close(self) -> None:
        """End the subscription and the widget; its last picture stays where it was shown."""
        if self._closing or not self._made:  # garbage collection closes half-made ones too
            return
        self._closing = True
        self._release()
        picture = self.still()
        while self._places:
            self._places.popleft().update(picture, raw=True)  # type: ignore[no-untyped-call]
        for part in self._parts():
            part.close()
        super().close()

    def _release(self) -> None:
        """Let go of everything outside; the values for `still` remain."""

    def _parts(self) -> Iterable[Widget]:
        """Return the widgets inside that end with this one."""
        return ()

    def _ipython_display_(self) -> None:
        if self.closed:
            display(self.still(), raw=True)  # type: ignore[no-untyped-call]
            return
        # A widget shows itself by display() and not as a result, because only displayed outputs
        # can be replaced later.
        bundle = {**self._repr_mimebundle_(), "text/plain": repr(self)}
        handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        if handle is not None:
            self._places.append(handle)
