"""The stand-alone hub's HTTP routes."""

import aiohttp
import pytest

AUTH = {"Authorization": "token test-token"}


@pytest.fixture
async def http(hub):
    async with aiohttp.ClientSession(hub.url) as session:
        yield session


async def test_lists(http, hub, join):
    kit = await join(hub.url)
    await kit.emit("register_kit", {"kit_id": "K"})
    client = await join(hub.url)
    await client.emit("register_client", {"username": "u", "domain": "d"})
    await client.until("list-all-kits-result", len)
    async with http.get("/listAllKits", headers=AUTH) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        body = await answer.json()
    assert (body["status"], body["message"]) == ("OK", "List all kits")
    assert body["content"][0]["kit_id"] == "K"
    async with http.get("/listAllClient?token=test-token") as answer:
        body = await answer.json()
    assert body["message"] == "List all clients"
    assert body["content"][0]["username"] == "u"


@pytest.mark.parametrize("path", ["/listAllKits", "/listAllClient", "/listAllKits?token=wrong"])
async def test_refused_without_a_token(http, path):
    async with http.get(path) as answer:
        assert answer.status == 401
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "token" in (await answer.json())["message"]


async def test_health(http):
    async with http.get("/healthz") as answer:
        assert await answer.json() == {"status": "OK"}
    async with http.get("/healthz", headers=AUTH) as answer:
        body = await answer.json()
    assert body["kits"] == {"total": 0, "online": 0, "offline": 0}
    assert body["pid"] > 0


async def test_unknown_routes_and_preflight(http):
    async with http.get("/") as answer:
        assert answer.status == 404
        assert "message" in await answer.json()
    async with http.options("/listAllKits") as answer:
        assert answer.status == 204
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    async with http.delete("/listAllKits") as answer:
        assert answer.status == 405


async def test_old_protocol_revision(http):
    async with http.get("/socket.io/?EIO=3&transport=polling") as answer:
        assert answer.status == 400


async def test_any_origin_may_poll(http):
    path, headers = "/socket.io/?EIO=4&transport=polling", {"Origin": "http://elsewhere.test"}
    async with http.get(path, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", headers["Origin"])
        assert '"pingInterval":25000' in await answer.text()
