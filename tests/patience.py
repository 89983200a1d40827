"""Waiting for others, and bounds that tell the endless from a busy machine.

A test waits for what it needs and never for a time. How long something takes is measured by the
processor time that it took, since a machine may be busy with other things.
"""

import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 120  # seconds
#: Below the ports that Linux gives to connections, so that none takes one between look and use.
PORTS = range(20_000, 32_000)


def eventually(question: Callable):
    """Ask until the answer is yes, and give it; give the last one when patience has ended."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def is_running(process: int) -> bool:
    """Tell whether a process does anything; one that only waits to be counted as ended does not."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def free_port() -> int:
    """Give a port on which nobody listens."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def takes_less_than(seconds: float) -> Iterator[None]:
    """Fail where the work needs more processor time, with that of child processes that ended.

    Where another process works, such as a database server, it must end within patience.
    """
    began, before = time.monotonic(), sum(os.times()[:4])
    yield
    assert sum(os.times()[:4]) - before < seconds
    assert time.monotonic() - began < PATIENCE
