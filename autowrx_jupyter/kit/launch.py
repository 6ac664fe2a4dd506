"""Runs the user's file as ``__main__``: ``python -P launch.py main.py [ARGUMENTS]``.

Started as a file, so that nothing of ours is imported into the program. It adds what a
notebook has and a plain interpreter lacks (top-level ``await``), shows tracebacks from the
user's first line on, and lets a stop that was asked for end without one.
"""

import os
import sys

STOP_FILE = "AUTOWRX_STOP_FILE"
ALLOW_TOP_LEVEL_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, without importing ast
COROUTINE = 0x80  # inspect.CO_COROUTINE


def stop_was_asked() -> bool:
    """Return whether the kit wants this program to end."""
    path = os.environ.get(STOP_FILE)
    return bool(path) and os.path.exists(path)  # type: ignore[arg-type]


def end_as_stopped() -> None:
    """End like a program that was terminated: no traceback, no clean-up messages."""
    import signal

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


def show(error: BaseException, own_file: str) -> None:
    """Print the traceback of ``error`` without the frames of this file and what it called."""
    trace = error.__traceback__
    while trace is not None and is_ours(trace.tb_frame.f_code.co_filename, own_file):
        trace = trace.tb_next
    error.__traceback__ = trace
    context, seen = error.__context__, {id(error)}
    while context is not None and id(context) not in seen:
        seen.add(id(context))
        inner = context.__traceback__
        while inner is not None and inner.tb_frame.f_code.co_filename == own_file:
            inner = inner.tb_next
        context.__traceback__ = inner
        context = context.__context__
    sys.excepthook(type(error), error, trace)


def is_ours(filename: str, own_file: str) -> bool:
    """Return whether a frame lies before the user's first one: this file or the event loop."""
    return filename == own_file or os.path.basename(os.path.dirname(filename)) == "asyncio"


class FailedStart:
    """Shows where ``on_start`` failed.

    velocitas-sdk logs only the text of the error and returns as if all were well; this
    filter on its logger adds the traceback and remembers that the program failed.
    """

    def __init__(self) -> None:
        self.seen = False

    def filter(self, record: object) -> bool:
        """Add the traceback to a record whose message is an exception."""
        error = getattr(record, "msg", None)
        if isinstance(error, Exception):
            self.seen = True
            trace = error.__traceback__
            if trace is not None and trace.tb_next is not None:
                trace = trace.tb_next  # the SDK's own frame
            record.exc_info = (type(error), error, trace)  # type: ignore[attr-defined]
            record.msg = "the app failed in on_start:"  # type: ignore[attr-defined]
        return True


def main() -> int:
    """Run the file named on the command line; return the exit code."""
    own_file = main.__code__.co_filename
    name = sys.argv[1]
    path = os.path.abspath(name)
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(path))
    with open(path, "rb") as file:
        source = file.read()

    module = type(sys)("__main__")
    module.__file__ = path
    module.__builtins__ = __builtins__  # type: ignore[attr-defined]
    module.__annotations__ = {}
    own_module = sys.modules["__main__"]  # kept: its functions still run
    sys.modules["__main__"] = module

    failed = None
    if b"vehicle_app" in source:
        import logging

        failed = FailedStart()
        logging.getLogger("velocitas_sdk.vehicle_app").addFilter(failed)
    try:
        code = compile(source, name, "exec", flags=ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        if code.co_flags & COROUTINE:
            import asyncio

            with asyncio.Runner() as runner:
                runner.run(awaited(code, module.__dict__))
        else:
            if b"asyncio" in source:
                import asyncio

                asyncio.set_event_loop(asyncio.new_event_loop())
            exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        if stop_was_asked():
            end_as_stopped()
        show(error, own_file)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    if stop_was_asked():
        end_as_stopped()
    del own_module
    return 1 if failed is not None and failed.seen else 0


async def awaited(code: object, namespace: dict) -> None:  # type: ignore[type-arg]
    """Run a module with top-level ``await``."""
    await eval(code, namespace)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
