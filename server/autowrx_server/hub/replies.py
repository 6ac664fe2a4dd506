"""Which command a reply answers, and whether it is the last one.

Only needed for replies that do not say whom they are for (Q6): the hub then has to know who
is still waiting.
"""

from __future__ import annotations

from typing import Final

from autowrx_jupyter.protocol import commands as c

_RUNS: Final = (c.RUN_PYTHON_APP, c.RUN_RUST_APP, c.RUN_CPP_APP, c.RUN_BIN_APP)

# Kits answer some commands under another name (socket-protocol.md section 2.4).
_ANSWERS: Final[dict[str, tuple[str, ...]]] = {
    c.RUN_PYTHON_APP: _RUNS,
    c.RUN_CPP_APP: (c.RUN_CPP_APP,),
    c.APIS_VALUE: (c.SUBSCRIBE_APIS,),
    c.TRACE_VARS: (c.TRACE_VARS, c.SET_VARS_VALUE, *_RUNS),
    "deploy-request": (c.DEPLOY_REQUEST,),
    c.REPORT_RUNTIME_STATE: (c.REPORT_RUNTIME_STATE, c.SUBSCRIBE_APIS),
}

# More than one reply follows a request of these; only a marked one is the last.
_STREAMED: Final = frozenset(
    {
        *_RUNS,
        c.SUBSCRIBE_APIS,
        c.APIS_VALUE,
        c.TRACE_VARS,
        c.REPORT_RUNTIME_STATE,
        c.DEPLOY_REQUEST,
        c.DEPLOY_N_RUN,
        "deploy-request",
        c.INSTALL_PYTHON_PACKAGES,
        c.GENERATE_VEHICLE_MODEL,
        c.REVERT_VEHICLE_MODEL,
    }
)


def requested_by(cmd: str | None) -> tuple[str, ...]:
    """Return the commands whose senders wait for replies called ``cmd``."""
    if cmd is None:
        return ()
    return _ANSWERS.get(cmd) or (cmd,)


def finishes(cmd: str | None) -> bool:
    """Tell whether a single reply called ``cmd`` ends the wait for it."""
    return cmd not in _STREAMED
