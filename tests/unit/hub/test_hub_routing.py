"""Requests, replies, rooms, hardware messages and what is refused (sections 2.1, 2.3, 2.8)."""

import pytest


@pytest.fixture
def pair(bench):
    bench.kit("k1")
    bench.join("c1", "c2")
    return bench


def test_request_is_forwarded_with_the_real_sender(pair):
    pair.ask("c1", "x", request_from="c2", data={"a": 1}, extra=True)
    assert pair.taken() == [
        (
            "k1",
            "messageToKit",
            {
                "cmd": "x",
                "to_kit_id": "K",
                "request_from": "c1",
                "data": {"a": 1},
                "extra": True,
            },
        )
    ]


def test_reply_goes_unchanged_to_who_asked(pair):
    pair.ask("c1", "x")
    pair.taken()
    reply = {"request_from": "c1", "cmd": "other", "kit_id": "K", "data": [1]}
    pair.answer("k1", **reply)
    pair.answer("k1", **{**reply, "kit_id": None})  # hardware kits leave it out
    assert [(s, e) for s, e, _ in pair.taken()] == [("c1", "messageToKit-kitReply")] * 2


@pytest.mark.parametrize(
    ("sender", "reply"),
    [
        ("k1", {"request_from": "c2", "cmd": "x"}),  # has not written to the kit
        ("k1", {"request_from": "nobody", "cmd": "x"}),
        ("k1", {"request_from": "K", "cmd": "x"}),  # a room name
        ("k1", {"request_from": "c1", "cmd": "x", "kit_id": "Other"}),  # not its own
        ("c2", {"request_from": "c1", "cmd": "x", "kit_id": "K"}),  # no kit at all
        ("k2", {"request_from": "c1", "cmd": "x"}),  # a kit that was not asked
        ("k1", {"cmd": "never asked"}),
    ],
)
def test_replies_that_go_nowhere(pair, sender, reply):
    pair.kit("k2", "Other")
    pair.ask("c1", "x")
    pair.taken()
    pair.answer(sender, **reply)
    assert pair.taken() == []


@pytest.mark.parametrize("payload", [None, [], "text", 5, True])
def test_payloads_that_are_no_objects_are_ignored(pair, payload):
    for event in (
        "messageToKit",
        "messageToKit-kitReply",
        "messageToSyncerHw",
        "messageToSyncerHw-kitReply",
        "report-runtime-state",
        "broadcastToClient",
        "clientSubscribeToKit",
        "clientUnsubscribeToKit",
        "unknown event",
    ):
        pair.core.handle("k1", event, payload)
    assert pair.taken() == []


def test_a_restarted_kit_can_still_answer(pair):
    pair.ask("c1", "x")
    pair.core.disconnect("k1")
    pair.kit("k2")
    pair.taken()
    pair.answer("k2", request_from="c1", cmd="x", kit_id="K")
    assert pair.taken()[0][0] == "c1"


def test_a_client_that_left_gets_nothing(pair):
    pair.ask("c1", "x")
    pair.core.disconnect("c1")
    pair.taken()
    pair.answer("k1", request_from="c1", cmd="x", kit_id="K")
    assert pair.taken() == []


def test_unregistered_clients_still_get_replies(pair):
    pair.core.handle("c1", "register_client", {})
    pair.core.handle("c1", "unregister_client", {})
    pair.ask("c1", "x")
    pair.taken()
    pair.answer("k1", request_from="c1", cmd="x", kit_id="K")
    assert pair.taken()[0][0] == "c1"


def test_reply_without_address_goes_to_the_only_one_who_waits(pair):
    pair.ask("c1", "run_python_app")
    pair.taken()
    pair.answer("k1", cmd="run_python_app", kit_id="K", result="line", isDone=False)
    pair.answer("k1", cmd="run_python_app", kit_id="K", result="", isDone=True)
    assert [sid for sid, _, _ in pair.taken()] == ["c1", "c1"]
    pair.answer("k1", cmd="run_python_app", kit_id="K", result="late")
    assert pair.taken() == []  # nobody waits any more


def test_reply_without_address_is_dropped_where_two_wait(pair):
    pair.ask("c1", "run_python_app")
    pair.ask("c2", "run_python_app")
    pair.taken()
    pair.answer("k1", cmd="run_python_app", kit_id="K", result="line")
    assert pair.taken() == []
    pair.core.disconnect("c2")
    pair.answer("k1", cmd="run_python_app", kit_id="K", result="line")
    assert pair.taken()[0][0] == "c1"


def test_values_without_address_go_to_the_subscriber_until_it_unsubscribes(pair):
    pair.ask("c1", "subscribe_apis")
    pair.answer("k1", cmd="subscribe_apis", kit_id="K", result="Successful")
    pair.taken()
    pair.answer("k1", cmd="apis-value", kit_id="K", result={})
    assert pair.taken()[0][0] == "c1"
    pair.ask("c1", "unsubscribe_apis")
    pair.taken()
    pair.answer("k1", cmd="apis-value", kit_id="K", result={})
    assert pair.taken() == []


def test_unknown_kit_is_answered_in_full(pair):
    pair.ask("c1", "run_python_app", "Nope", req_id="r1")
    [(sid, event, answer)] = pair.taken()
    assert (sid, event) == ("c1", "messageToKit-kitReply")
    text = "no kit 'Nope' on this hub; connected kits: K"
    assert answer == {
        "cmd": "run_python_app",
        "to_kit_id": "Nope",
        "kit_id": "Nope",
        "request_from": "c1",
        "status": "ERR",
        "message": text,
        "result": f"Error: {text}\r\n",
        "error": text,
        "isError": True,
        "isDone": True,
        "is_finish": True,
        "code": 1,
        "req_id": "r1",
    }


def test_offline_kit_and_missing_command_are_answered(pair):
    pair.core.disconnect("k1")
    pair.ask("c1", "x")
    pair.core.handle("c1", "messageToKit", {"to_kit_id": "K"})
    texts = [payload["error"] for _, _, payload in pair.taken()]
    assert "off line" in texts[0]
    assert "autowrx kit" in texts[0]
    assert "has no command" in texts[1]


@pytest.mark.parametrize("to", [None, "", [], {"a": 1}, True])
def test_a_message_without_a_kit_is_dropped(pair, to):
    pair.core.handle("c1", "messageToKit", {"cmd": "x", "to_kit_id": to})
    assert pair.taken() == []


def test_ids_are_compared_exactly(pair):
    pair.ask("c1", "x", "k")
    assert pair.taken()[0][2]["isError"]


def test_broadcast_reaches_the_room_of_the_senders_kit(pair):
    pair.kit("k2", "Other")
    pair.core.handle("c1", "clientSubscribeToKit", {"kit_id": "K"})
    message = {"kit_id": "K", "cmd": "report-runtime-state", "data": {}}
    pair.core.handle("k1", "broadcastToClient", message)
    assert pair.taken() == [("c1", "broadcastToClient", message)]
    pair.core.handle("k2", "broadcastToClient", message)  # does not own K
    pair.core.handle("c1", "clientUnsubscribeToKit", {"kit_id": "K"})
    pair.core.handle("k1", "broadcastToClient", message)
    assert pair.taken() == []


def test_rooms_are_left_on_disconnect(pair):
    pair.core.handle("c1", "clientSubscribeToKit", {"kit_id": "K"})
    pair.core.disconnect("c1")
    pair.core.handle("k1", "broadcastToClient", {"kit_id": "K"})
    assert pair.taken() == []
    assert not pair.core._rooms


def test_hardware_messages(pair):
    pair.join("h1")
    pair.core.handle("h1", "register_hw_kit", {"kit_id": "H"})
    request = {"cmd": "syncer_set", "to_kit_id": "H", "vssData": {"Vehicle.Speed": 1}}
    pair.core.handle("c1", "messageToSyncerHw", {**request, "request_from": "c2"})
    pair.core.handle("c1", "messageToSyncerHw", {**request, "cmd": "other"})
    assert pair.taken() == [("h1", "messageToSyncerHw", {**request, "request_from": "c1"})]
    pair.core.handle("h1", "messageToSyncerHw-kitReply", {"request_from": "c1", "cmd": "x"})
    pair.core.handle("h1", "messageToSyncerHw-kitReply", {"request_from": "c2", "cmd": "x"})
    pair.core.handle("h1", "messageToSyncerHw-kitReply", {"cmd": "x"})
    assert [(s, e) for s, e, _ in pair.taken()] == [("c1", "messageToKit-kitReply")]


def test_events_of_unknown_sockets_are_ignored(bench):
    bench.core.handle("ghost", "register_kit", {"kit_id": "K"})
    bench.core.disconnect("ghost")
    assert not len(bench.core.kits)
