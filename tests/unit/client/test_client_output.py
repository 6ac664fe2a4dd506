import asyncio

from autowrx_jupyter.client.output import TAIL, OutputBuffer


async def drain(buffer: OutputBuffer) -> list[tuple[str, str]]:
    found = []
    while (chunk := await buffer.read()) is not None:
        found.append((chunk.text, chunk.stream))
    return found


async def test_joins_what_waits_in_one_stream() -> None:
    buffer = OutputBuffer()
    for text, stream in [("a", "stdout"), ("b\r\n", "stdout"), ("c", "stderr"), ("d", "stdout")]:
        buffer.put(text, stream)
    buffer.close()
    assert await drain(buffer) == [("ab\n", "stdout"), ("c", "stderr"), ("d", "stdout")]
    assert await buffer.read() is None


async def test_reader_waits() -> None:
    buffer = OutputBuffer()
    reading = asyncio.create_task(buffer.read())
    await asyncio.sleep(0)
    assert not reading.done()
    buffer.put("x")
    chunk = await reading
    assert chunk is not None
    assert chunk.text == "x"


async def test_a_cancelled_reader_takes_nothing_along() -> None:
    buffer = OutputBuffer()
    reading = asyncio.create_task(buffer.read())
    await asyncio.sleep(0)
    reading.cancel()
    buffer.put("x")
    buffer.close()
    assert await drain(buffer) == [("x", "stdout")]


async def test_beyond_the_limit_the_oldest_is_left_out_and_said() -> None:
    buffer = OutputBuffer(limit=30)
    for number in range(10):
        buffer.put(f"line {number}\n")
    buffer.close()
    note, rest = await drain(buffer)
    assert note[0].startswith("[6 lines of output were left out")
    assert note[1] == "stderr"
    assert rest[0] == "line 6\nline 7\nline 8\nline 9\n"
    assert buffer.tail.startswith("line 0")


async def test_a_piece_larger_than_the_limit_is_kept() -> None:
    buffer = OutputBuffer(limit=10)
    buffer.put("x" * 50)
    buffer.close()
    assert await drain(buffer) == [("x" * 50, "stdout")]


async def test_tail_is_bounded() -> None:
    buffer = OutputBuffer()
    for number in range(5000):
        buffer.put(f"{number:050d}\n")
    buffer.put("y" * (TAIL - 10))
    assert len(buffer.tail) == TAIL
    assert buffer.tail.endswith("y" * 100)
    assert "4999\n" in buffer.tail


async def test_nothing_after_the_end() -> None:
    buffer = OutputBuffer()
    buffer.close()
    buffer.put("late")
    assert await drain(buffer) == []
