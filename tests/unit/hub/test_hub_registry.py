"""Registration, announcements, offline kits, takeover (socket-protocol.md section 2.3)."""

import pytest


def record(bench, kit_id="K"):
    return next(kit for kit in bench.core.kits.to_json() if kit["kit_id"] == kit_id)


def test_record_has_every_field(bench):
    bench.kit("k1", "RunTime-T1", support_apis="text", desc="d")
    assert record(bench, "RunTime-T1") == {
        "socket_id": "k1",
        "kit_id": "RunTime-T1",
        "name": "RunTime-T1",
        "last_seen": 1_000_000,
        "is_online": True,
        "noRunner": 0,
        "noSubscriber": 0,
        "support_apis": "text",
        "desc": "d",
    }
    assert bench.taken() == []  # a kit gets no answer


def test_client_gets_both_lists_in_order(bench):
    bench.kit("k1")
    bench.join("c1")
    bench.core.handle("c1", "register_client", {})
    assert [(sid, event) for sid, event, _ in bench.taken()] == [
        ("c1", "list-all-kits-result"),
        ("c1", "list-all-hw-result"),
    ]


@pytest.mark.parametrize("payload", [None, [], "text", 5])
def test_registration_needs_an_object(bench, payload):
    bench.join("c1")
    for event in ("register_client", "register_kit", "register_hw_kit"):
        bench.core.handle("c1", event, payload)
    assert bench.taken() == []
    assert not bench.core.clients()
    assert not len(bench.core.kits)


def test_client_list_leaves_out_what_was_not_sent(bench):
    bench.join("c1", "c2")
    bench.core.handle("c1", "register_client", {"username": "u", "user_id": "i", "domain": "d"})
    bench.core.handle("c2", "register_client", {})
    assert [client.to_json() for client in bench.core.clients()] == [
        {
            "last_seen": 1_000_000,
            "is_online": True,
            "username": "u",
            "user_id": "i",
            "domain": "d",
        },
        {"last_seen": 1_000_000, "is_online": True},
    ]
    bench.core.handle("c1", "unregister_client", {})
    bench.core.disconnect("c2")
    assert bench.core.clients() == []


@pytest.mark.parametrize("kit_id", [{}, [], "", None, "x" * 300])
def test_unusable_kit_ids_are_refused_with_a_reason(bench, kit_id):
    bench.join("k1")
    bench.core.handle("k1", "register_kit", {"kit_id": kit_id})
    [(sid, event, answer)] = bench.taken()
    assert (sid, event, answer["status"]) == ("k1", "register_kit-response", "ERR")
    assert "kit_id" in answer["message"]
    assert not len(bench.core.kits)


def test_ids_and_names_become_text(bench):
    bench.join("k1", "c1")
    bench.core.handle("k1", "register_kit", {"kit_id": 7, "name": None})
    assert (record(bench, "7")["kit_id"], record(bench, "7")["name"]) == ("7", "")
    bench.ask("c1", "x", kit_id=7)
    assert bench.taken()[0][0] == "k1"


def test_first_change_is_announced_at_once_later_ones_together(bench):
    bench.join("c1", "c2")
    for sid in ("c1", "c2"):
        bench.core.handle(sid, "register_client", {})
    bench.taken()
    bench.kit("k0", "K0")
    assert [(sid, len(kits)) for sid, _, kits in bench.taken()] == [("c1", 1), ("c2", 1)]
    for number in range(1, 200):
        bench.kit(f"k{number}", f"K{number}")
    assert bench.taken() == []
    assert bench.wakes[-1] == pytest.approx(1.0)
    bench.later(1.0)
    assert [(sid, len(kits)) for sid, _, kits in bench.taken()] == [("c1", 200), ("c2", 200)]
    bench.later(5.0)
    assert bench.taken() == []


@pytest.mark.parametrize("form", ["event", "command"])
def test_list_on_request_without_registration(bench, form):
    bench.kit("k1")
    bench.join("c1")
    if form == "event":
        bench.core.handle("c1", "list-all-kits", None)
    else:
        bench.core.handle("c1", "messageToKit", {"cmd": "list-all-kits"})
    assert [(s, e, len(p)) for s, e, p in bench.taken()] == [("c1", "list-all-kits-result", 1)]


def test_hardware_kits_have_a_list_of_their_own(bench):
    bench.join("h1", "c1")
    bench.core.handle("c1", "register_client", {})
    bench.taken()
    bench.core.handle("h1", "register_hw_kit", {"kit_id": "H"})
    [(sid, event, kits)] = bench.taken()
    assert (sid, event) == ("c1", "list-all-hw-result")
    assert "noRunner" not in kits[0]
    assert not len(bench.core.kits)
    bench.core.handle("c1", "list-all-syncer_hw", None)
    assert bench.taken() == [("c1", "list-all-hw-result", kits)]


def test_offline_kit_stays_an_hour(bench):
    bench.kit("k1")
    bench.now += 10
    bench.core.disconnect("k1")
    assert (record(bench)["is_online"], record(bench)["last_seen"]) == (False, 1_010_000)
    bench.later(3599)
    assert len(bench.core.kits) == 1
    bench.later(1)
    assert len(bench.core.kits) == 0


def test_one_socket_with_two_kits_goes_offline_as_a_whole(bench):
    bench.kit("k1", "A")
    bench.kit("k1", "B")
    bench.core.disconnect("k1")
    assert [kit["is_online"] for kit in bench.core.kits.to_json()] == [False, False]


def test_the_same_token_takes_over_and_the_old_socket_cannot_mark_it_offline(bench):
    bench.kit("k1")
    bench.kit("k2")
    bench.core.disconnect("k1")
    assert (record(bench)["socket_id"], record(bench)["is_online"]) == ("k2", True)
    bench.join("c1")
    bench.ask("c1", "x")
    assert bench.taken()[-1][0] == "k2"


@pytest.mark.parametrize("gone", [False, True])
def test_another_token_is_refused_also_while_the_kit_is_away(bench, gone):
    bench.kit("k1")
    if gone:
        bench.core.disconnect("k1")
    bench.kit("k2", who=bench.stranger)
    [(sid, event, answer)] = bench.taken()
    assert (sid, event, answer["kit_id"]) == ("k2", "register_kit-response", "K")
    assert "'K' belongs to 'ann'" in answer["message"]
    assert record(bench)["socket_id"] == "k1"


def test_anonymous_kits_replace_each_other_but_nobody_with_a_token(bench):
    bench.kit("k1", who=bench.anonymous)
    bench.kit("k2", who=bench.anonymous)
    assert record(bench)["socket_id"] == "k2"
    bench.kit("k3")
    assert record(bench)["socket_id"] == "k3"
    bench.kit("k4", who=bench.anonymous)
    assert record(bench)["socket_id"] == "k3"


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ({"noOfRunner": 2, "noSubscriber": 3}, (2, 3)),
        ({"noOfRunner": 2, "noOfApiSubscriber": 3}, (2, 3)),
        ({}, (0, 0)),
        ({"noOfRunner": "2", "noSubscriber": -1}, (0, 0)),
        (None, (0, 0)),
    ],
)
def test_runtime_state_in_both_spellings(bench, state, counts):
    bench.kit("k1")
    bench.core.handle("k1", "report-runtime-state", {"kit_id": "K", "data": state})
    assert (record(bench)["noRunner"], record(bench)["noSubscriber"]) == counts


def test_runtime_state_of_somebody_elses_kit_is_refused(bench):
    bench.kit("k1")
    bench.kit("k2", "Other")
    bench.core.handle("k2", "report-runtime-state", {"kit_id": "K", "data": {"noOfRunner": 9}})
    assert record(bench)["noRunner"] == 0


def test_registering_again_resets_the_counters(bench):
    bench.kit("k1")
    bench.core.handle("k1", "report-runtime-state", {"kit_id": "K", "data": {"noOfRunner": 9}})
    bench.kit("k1")
    assert record(bench)["noRunner"] == 0


def test_limits_are_refused_with_a_reason(bench):
    for number in range(65):
        bench.kit("k1", f"K{number}")
    assert "64 kits" in bench.taken()[-1][2]["message"]
    bench.kit("k2", "Big", support_apis=["x" * 70_000])
    assert "support_apis" in bench.taken()[-1][2]["message"]
