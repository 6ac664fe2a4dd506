"""Client of a hub: kits, runs and live signals.

``connect`` and ``session`` give the plain front for notebooks and scripts; ``HubClient``
and ``KitHandle`` are the asynchronous client under it; ``Backend`` speaks the REST API.
"""

from .backend import Backend, Model, Prototype
from .defaults import connect, session
from .errors import (
    ClientError,
    HubUnreachableError,
    KitLostError,
    KitNotFoundError,
    RequestRefusedError,
    RequestTimeoutError,
    SignalValueError,
)
from .hub import HubClient
from .kit import KitHandle
from .records import Chunk, MockSignal, RunResult, RuntimeInfo
from .runs import Run
from .session import Session
from .watches import Watch
from .watching import SessionWatch

__all__ = [
    "Backend",
    "Chunk",
    "ClientError",
    "HubClient",
    "HubUnreachableError",
    "KitHandle",
    "KitLostError",
    "KitNotFoundError",
    "MockSignal",
    "Model",
    "Prototype",
    "RequestRefusedError",
    "RequestTimeoutError",
    "Run",
    "RunResult",
    "RuntimeInfo",
    "Session",
    "SessionWatch",
    "SignalValueError",
    "Watch",
    "connect",
    "session",
]
