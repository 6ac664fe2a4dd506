import asyncio

from hypothesis import given
from hypothesis import strategies as st

from autowrx_jupyter.kit.programs.output import Output, Tail


class Receiver:
    """Takes messages; says that they have left when told to."""

    def __init__(self):
        self.messages = []
        self.pending = []

    def send(self, text, stream, on_sent):
        self.messages.append((stream, text))
        self.pending.append(on_sent)

    def take(self):
        pending, self.pending = self.pending, []
        for on_sent in pending:
            on_sent()


class Pipe:
    """Counts how often reading is paused and resumed."""

    def __init__(self):
        self.reading = True

    def is_closing(self):
        return False

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True


def make(window=1000, interval=0.0, tail=100):
    receiver = Receiver()
    return receiver, Output(receiver.send, window=window, interval=interval, tail=tail)


async def test_first_piece_goes_at_once_and_later_ones_together():
    receiver, output = make()
    output.feed("stdout", b"a")
    assert receiver.messages == [("stdout", "a")]
    output.feed("stdout", b"b")
    output.feed("stdout", b"c")
    assert len(receiver.messages) == 1
    receiver.take()
    assert receiver.messages[1:] == [("stdout", "bc")]


async def test_pieces_wait_for_the_interval_but_not_for_ever():
    receiver, output = make(interval=0.01)
    output.feed("stdout", b"a")
    receiver.take()
    output.feed("stdout", b"b")
    assert len(receiver.messages) == 1
    while len(receiver.messages) < 2:
        await asyncio.sleep(0)
    assert receiver.messages[1] == ("stdout", "b")


async def test_streams_keep_their_order():
    receiver, output = make()
    for stream, data in (("stdout", b"1"), ("stderr", b"2"), ("stderr", b"3"), ("stdout", b"4")):
        output.feed(stream, data)
    output.finish()
    assert receiver.messages == [("stdout", "1"), ("stderr", "23"), ("stdout", "4")]
    assert output.tail.text() == "1234"


async def test_slow_hub_stops_the_reading_and_loses_nothing():
    receiver, output = make(window=10)
    pipe = Pipe()
    output.attach(pipe)
    output.feed("stdout", b"x")
    output.feed("stdout", b"y" * 12)
    assert not pipe.reading
    assert output.stalled
    late = Pipe()
    output.attach(late)
    assert not late.reading
    receiver.take()
    assert pipe.reading
    assert not output.stalled
    output.finish()
    assert "".join(text for _, text in receiver.messages) == "x" + "y" * 12


@given(st.binary(max_size=60), st.lists(st.integers(1, 7), max_size=30))
def test_any_bytes_arrive_whole(data, cuts):
    async def feed():
        receiver, output = make()
        rest = data
        for cut in cuts:
            output.feed("stdout", rest[:cut])
            receiver.take()
            rest = rest[cut:]
        output.feed("stdout", rest)
        output.finish()
        return "".join(text for _, text in receiver.messages)

    assert asyncio.run(feed()) == data.decode("utf-8", "backslashreplace")


@given(st.lists(st.text(max_size=20), max_size=30), st.integers(0, 50))
def test_tail_is_the_end(pieces, limit):
    tail = Tail(limit)
    for piece in pieces:
        tail.add(piece)
    whole = "".join(pieces)
    assert tail.text() == (whole[-limit:] if limit else "")
