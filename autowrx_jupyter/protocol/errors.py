"""Errors of the contract."""

from __future__ import annotations


class ProtocolError(ValueError):
    """A message does not fit the contract; the text says which field and why."""
