"""The kit hub: where kits and clients meet (socket-protocol.md)."""

from .app import main
from .core import HubCore
from .transport import Transport

__all__ = ["HubCore", "Transport", "main"]
