"""Tokens and strict JSON."""

import json

import pytest
from autowrx_server.auth import (
    ANONYMOUS,
    TokenBook,
    new_token,
    token_from_connect,
    token_from_header,
    token_from_query,
)
from autowrx_server.hub import strict_json


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("token T", "T"),
        ("Bearer T", "T"),
        ("bearer  T ", "T"),
        ("Basic T", None),
        ("token", None),
        ("", None),
        (None, None),
    ],
)
def test_header(header, token):
    assert token_from_header(header) == token


def test_query_and_connect():
    assert token_from_query({"access_token": ["T"]}) == "T"
    assert token_from_query({"token": ["", "U"], "access_token": ["T"]}) == "U"
    assert token_from_query({"EIO": ["4"]}) is None
    assert token_from_connect({"token": "T"}) == "T"
    for odd in (None, "T", {"token": 5}, ["T"], {"token": ""}):
        assert token_from_connect(odd) is None


def test_book():
    book = TokenBook()
    token = new_token()
    ann = book.add(token, "ann")
    assert token not in repr(ann)
    assert book.check(None, token) == ann
    assert book.check("wrong") is None
    assert book.check() is None
    assert book.check("wrong", token) == ann
    book.anonymous = True
    assert book.check(None, "") == ANONYMOUS
    assert book.check("wrong") is None
    book.remove(token)
    assert book.check(token) is None
    for bad in ("", "x" * 5000):
        with pytest.raises(ValueError, match="characters"):
            book.add(bad, "ann")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [float("nan"), float("inf"), 1.5]}, '{"a":[null,null,1.5]}'),
        ("Grüße", '"Grüße"'),
        ("\ud800", '"\\ud800"'),
        (2**70, str(2**70)),
    ],
)
def test_json_is_strict(value, text):
    assert strict_json.dumps(value) == text
    strict_json.dumps(value).encode()
    json.loads(text)


def test_json_from_careless_peers():
    assert strict_json.loads('[NaN,-Infinity,1e999,"x"]')[:2] == [None, None]
    assert strict_json.dumps(strict_json.loads("[1e999]")) == "[null]"
