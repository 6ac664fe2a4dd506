"""The vehicle model of the playground's first, in-browser Python.

Signals give and take bare values::

    from sdv_model import Vehicle

    vehicle = Vehicle()
    before = await vehicle.Body.Lights.Beam.Low.IsOn.get()
    await vehicle.Body.Lights.Beam.Low.IsOn.set(not before)
    await vehicle.Speed.subscribe(print)
    wipers = vehicle.Body.Windshield.Front.Wiping.Mode
    await wipers.set(wipers.SLOW)

The old page simulated the whole car, so a program could set sensors too. That stays possible: a
sensor's or attribute's value is written as the car itself would write it, an actuator is asked to
move. A signal that nobody has written yet reads as False, 0 or an empty text, as in the SDK.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import vehicle as _package  # type: ignore[import-not-found]  # generated, on the app's path
from velocitas_sdk.model import DataPoint, Node
from velocitas_sdk.proto.collector_pb2 import UpdateDatapointsRequest
from velocitas_sdk.proto.collector_pb2_grpc import CollectorStub
from velocitas_sdk.proto.types_pb2 import DatapointError

__all__ = ["Vehicle"]


class Branch:
    """A branch of the car; its attributes are the branches and signals below."""

    def __init__(self, node: Any) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        child = getattr(self._node, name)
        if not isinstance(child, Node):
            return child
        wrapped = Signal(child) if isinstance(child, DataPoint) else Branch(child)
        self.__dict__[name] = wrapped
        return wrapped

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *type(self._node)._children]

    def __iter__(self) -> Iterator[str]:
        return iter(type(self._node)._children)

    def __repr__(self) -> str:
        return repr(self._node)


class Vehicle(Branch):
    """The whole car. Every instance speaks to the same signal broker."""

    def __init__(self, name: str = "") -> None:
        super().__init__(_package.vehicle)


class Signal:
    """A signal with bare values; the allowed texts are attributes, for example ``Mode.SLOW``."""

    def __init__(self, point: Any) -> None:
        self._point = point
        self.__doc__ = point.__doc__

    def get_path(self) -> str:
        """Return the full name of the signal."""
        return str(self._point.get_path())

    async def get(self) -> Any:
        """Return the current value."""
        return (await self._point.get()).value

    async def set(self, value: Any) -> None:
        """Set the signal: ask an actuator to move, give any other signal its new value."""
        if self._point.entry_type == "actuator":
            await self._point.set(value)
        else:
            await self._publish(value)

    async def subscribe(self, callback: Callable[[Any], Any]) -> Any:
        """Call `callback` with the value now and after every change.

        Parameters
        ----------
        callback : callable
            A function or coroutine function of one argument.

        Returns
        -------
        VdbSubscription
            Its ``unsubscribe()`` is a coroutine that ends the calls.
        """
        path = self.get_path()

        async def on_reply(reply: Any) -> None:
            if reply.reply.fields[path].WhichOneof("value") == "failure_value":
                return  # nobody has written the signal yet
            result = callback(reply.get(self._point).value)
            if inspect.isawaitable(result):
                await result

        return await self._point.subscribe(on_reply)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        allowed = self._point.allowed or ()
        if name in allowed:
            return name
        known = f" Its values are {', '.join(str(one) for one in allowed)}." if allowed else ""
        raise AttributeError(
            f"{self.get_path()} is a signal with get, set and subscribe; it has no {name!r}.{known}"
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(str(one) for one in self._point.allowed or ())]

    def __repr__(self) -> str:
        return f"<signal {self.get_path()}>"

    async def _publish(self, value: Any) -> None:
        """Write the current value, which is the providers' side of the broker's interface."""
        path = self.get_path()
        point = self._point.datapoint(value)
        client = self._point.get_client()
        found = await client.GetMetadata([path])
        if not found.list:
            raise KeyError(f"The signal broker has no {path}.")
        number = found.list[0].id
        collector = CollectorStub(client._channel)  # type: ignore[no-untyped-call]
        answer = await collector.UpdateDatapoints(
            UpdateDatapointsRequest(datapoints={number: point})
        )
        if number in answer.errors:
            reason = DatapointError.Name(answer.errors[number])
            raise ValueError(f"The signal broker does not take {value!r} for {path}: {reason}.")
