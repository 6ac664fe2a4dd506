"""Announcements at most once per window: the first change at once, later ones together."""

from __future__ import annotations


class Coalescer:
    """Decides when a changed list goes out.

    Parameters
    ----------
    window
        Shortest time between two announcements, in seconds.
    """

    def __init__(self, window: float) -> None:
        self.window = window
        self._changed = False
        self._not_before = float("-inf")

    def change(self) -> None:
        """Note that the list differs from what was announced last."""
        self._changed = True

    def take(self, now: float) -> bool:
        """Return whether to announce now; a ``True`` counts as announced."""
        if not self._changed or now < self._not_before:
            return False
        self._changed = False
        self._not_before = now + self.window
        return True

    def due(self) -> float | None:
        """Return when the pending announcement may go out; ``None`` if there is none."""
        return self._not_before if self._changed else None
