"""Finding a kit by what a user calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autowrx_jupyter.protocol import KitRecord

from .errors import KitNotFoundError


def find_kit(name: str, kits: Iterable[KitRecord], hub: str, *, exact: bool = False) -> KitRecord:
    """Return the online kit called ``name``.

    A whole id fits exactly; the part after the prefix (``Runtime-``, ``RunTime-``, …)
    fits whatever the prefix is (Q7); failing both, the case of letters is forgiven.

    Raises
    ------
    KitNotFoundError
        None fits, several do, or the one that does is offline; the text lists what is
        online.
    """
    known = list(kits)
    wanted = name.strip()
    folded = wanted.casefold()
    tests: list[Callable[[KitRecord], bool]] = [lambda kit: kit.kit_id == wanted]
    if not exact:
        tests += [
            lambda kit: _same_but_prefix(kit.kit_id, wanted),
            lambda kit: _rest(kit.kit_id) == wanted,
            lambda kit: folded in (kit.kit_id.casefold(), _rest(kit.kit_id).casefold()),
        ]
    for test in tests:
        fitting = [kit for kit in known if test(kit)]
        online = [kit for kit in fitting if kit.is_online]
        if len(online) == 1:
            return online[0]
        if len(online) > 1:
            names = ", ".join(sorted(kit.kit_id for kit in online))
            raise KitNotFoundError(f"{name!r} fits several kits at {hub}: {names}; give a whole id")
        if fitting:
            raise KitNotFoundError(
                f"Kit {fitting[0].kit_id!r} at {hub} is offline; {_online(known)}"
            )
    raise KitNotFoundError(f"No kit named {name!r} at {hub}; {_online(known)}")


def _online(kits: list[KitRecord]) -> str:
    names = sorted(kit.kit_id for kit in kits if kit.is_online)
    return f"online are: {', '.join(names)}" if names else "no kit is online"


def _rest(kit_id: str) -> str:
    head, dash, rest = kit_id.partition("-")
    return rest if dash and head else kit_id


def _same_but_prefix(kit_id: str, wanted: str) -> bool:
    head, dash, rest = kit_id.partition("-")
    other, other_dash, other_rest = wanted.partition("-")
    return bool(dash and other_dash) and head.casefold() == other.casefold() and rest == other_rest
