"""Errors of the kit."""

from __future__ import annotations

from typing import Any


class KitError(Exception):
    """The kit cannot start or go on; the text says what to do."""


class CommandError(Exception):
    """A command cannot be done; its text goes to the client as the answer.

    Parameters
    ----------
    message
        What is wrong, for the person at the notebook.
    code
        The ``code`` of the answer.
    fields
        Further fields of the answer.
    """

    def __init__(self, message: str, *, code: int = 1, **fields: Any) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields
