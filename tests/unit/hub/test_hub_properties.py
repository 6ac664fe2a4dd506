"""Whatever peers send in whatever order, some things always hold."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

EVENTS = [
    "register_kit",
    "register_hw_kit",
    "register_client",
    "unregister_client",
    "list-all-kits",
    "list-all-syncer_hw",
    "messageToKit",
    "messageToKit-kitReply",
    "messageToSyncerHw",
    "messageToSyncerHw-kitReply",
    "report-runtime-state",
    "clientSubscribeToKit",
    "clientUnsubscribeToKit",
    "broadcastToClient",
]
SIDS = [f"s{n}" for n in range(5)]
KITS = ["A", "B", "C"]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
messages = st.fixed_dictionaries(
    {},
    optional={
        "kit_id": st.sampled_from(KITS) | json_values,
        "to_kit_id": st.sampled_from(KITS) | json_values,
        "request_from": st.sampled_from(SIDS) | json_values,
        "cmd": st.sampled_from(["run_python_app", "apis-value", "syncer_set"]) | json_values,
        "isDone": st.booleans() | json_values,
        "data": json_values,
        "name": json_values,
        "support_apis": json_values,
    },
)
steps = st.one_of(
    st.tuples(st.just("connect"), st.sampled_from(SIDS), st.booleans()),
    st.tuples(st.just("disconnect"), st.sampled_from(SIDS), st.none()),
    st.tuples(st.just("wait"), st.just(""), st.floats(0, 4000)),
    st.tuples(st.sampled_from(EVENTS), st.sampled_from(SIDS), messages | json_values),
)


@settings(max_examples=300, deadline=None)
@given(history=st.lists(steps, max_size=60))
def test_invariants(bench_class, history):
    bench = bench_class()
    core = bench.core
    present: dict[str, set[str]] = {}
    wrote: set[tuple[str, str]] = set()
    for action, sid, value in history:
        bench.taken()
        if action == "connect":
            if sid not in present:
                core.connect(sid, bench.owner if value else bench.stranger)
                present[sid] = set()
        elif action == "disconnect":
            core.disconnect(sid)
            present.pop(sid, None)
            wrote = {(client, kit) for client, kit in wrote if client != sid}
        elif action == "wait":
            bench.later(value)
        else:
            core.handle(sid, action, value)
        for to, event, payload in bench.sent:
            assert to in present, "nothing is sent to a peer that is not there"
            if event == "messageToKit":
                assert payload["request_from"] == sid
                wrote.add((sid, str(payload["to_kit_id"])))
            elif event == "messageToKit-kitReply" and action == "messageToKit-kitReply":
                assert any(client == to for client, _ in wrote)
                assert payload is value, "replies are relayed unchanged"
        for kit in core.kits.to_json() + core.hardware.to_json():
            assert isinstance(kit["kit_id"], str)
            assert kit["kit_id"]
            assert isinstance(kit["name"], str)
            assert not kit["is_online"] or kit["socket_id"] in present
            json.dumps(kit, allow_nan=False)
        owned = [kit_id for peer in core._peers.values() for kit_id in peer.kits]
        assert len(owned) == len(set(owned)), "a kit belongs to one socket"
    for sid in list(present):
        core.disconnect(sid)
    assert not core._rooms
    assert not core._peers
    assert not any(kit.correspondents or kit.waiting for kit in core.kits._kits.values())
    bench.later(3600)
    assert not len(core.kits)
    assert not len(core.hardware)
