import asyncio

import pytest

from autowrx_jupyter.client import ClientError
from autowrx_jupyter.client.address import HubAddress
from autowrx_jupyter.client.embedded import free_port


@pytest.mark.parametrize(
    ("url", "base", "path"),
    [
        ("http://127.0.0.1:3090", "http://127.0.0.1:3090", "socket.io"),
        ("127.0.0.1:3090/", "http://127.0.0.1:3090", "socket.io"),
        ("wss://hub.example/", "https://hub.example", "socket.io"),
        (
            "http://h:8888/user/ann%40x/autowrx/",
            "http://h:8888/user/ann%40x/autowrx",
            "user/ann%40x/autowrx/socket.io",
        ),
        ("http://[::1]:3090", "http://[::1]:3090", "socket.io"),
    ],
)
def test_parses(url: str, base: str, path: str) -> None:
    address = HubAddress.parse(url)
    assert (address.base, address.socket_path) == (base, path)
    assert str(address) == base


def test_token_comes_from_the_address_or_the_argument() -> None:
    address = HubAddress.parse("http://h:3090?access_token=secret&room=1")
    assert address.token == "secret"
    assert address.headers == {"Authorization": "token secret"}
    assert address.auth == {"token": "secret"}
    assert address.socket_url == "http://h:3090?room=1"
    assert "secret" not in repr(address) + str(address) + address.socket_url
    assert HubAddress.parse("http://h?token=a", "b").token == "b"
    assert HubAddress.parse("http://h").headers == {}


@pytest.mark.parametrize("url", ["", "ftp://h", "http://", "http://h:port", "http://h:99999"])
def test_refuses_what_is_no_address(url: str) -> None:
    with pytest.raises(ClientError, match="is no hub address"):
        HubAddress.parse(url)


async def test_nobody_listens() -> None:
    address = HubAddress.parse(f"http://127.0.0.1:{free_port()}")
    assert await address.diagnose() == "connection refused; is it running?"


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "the token is missing"), (404, "it is no hub"), (500, "HTTP 500"), (200, "did not")],
)
async def test_says_what_answers(status: int, said: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert said in await HubAddress.parse(f"http://127.0.0.1:{port}").diagnose()
