"""``kts serve`` keeps web and worker alive, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.installations import environment
from tests.patience import PATIENCE, eventually, free_port, is_running


def processes(parent):
    """Give the ids of the children of a process."""
    path = f"/proc/{parent}/task/{parent}/children"
    with open(path) as file:
        return [int(number) for number in file.read().split()]


def command_of(process):
    """Give how a process was called; nothing for one that has ended meanwhile."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.fixture
def serve(tmp_path, installations):
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    installations.copy_empty(tmp_path)
    port = free_port()
    settings = environment(tmp_path)
    command = [sys.executable, "-m", "kts", "serve", "--port", str(port)]
    with (tmp_path / "serve.log").open("w") as log:
        server = subprocess.Popen(command, env=settings, stdout=log, stderr=log)
    server.url = f"http://127.0.0.1:{port}/readyz"
    server.again = lambda: subprocess.run(command, env=settings, capture_output=True, text=True)
    assert eventually(lambda: answers(server.url)), (tmp_path / "serve.log").read_text()
    yield server
    if server.poll() is None:
        server.kill()
        server.wait()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def child(server, part):
    return next((p for p in processes(server.pid) if part in command_of(p)), None)


def test_a_killed_worker_and_a_killed_web_are_started_again(serve):
    for part in ("kts worker", "gunicorn"):
        killed = eventually(lambda part=part: child(serve, part))
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda part=part, old=killed: child(serve, part) not in (None, old))
    assert eventually(lambda: answers(serve.url))


def both(server):
    """Give the two children, the second of which may begin after the first answers."""
    assert eventually(lambda: all(child(server, part) for part in ("kts worker", "gunicorn")))
    children = processes(server.pid)
    assert len(children) == 2
    return children


def test_stopping_ends_all_processes(serve):
    children = both(serve)
    serve.terminate()
    assert serve.wait(PATIENCE) == 0
    assert not any(is_running(process) for process in children)


def test_nothing_is_left_when_serve_itself_is_killed(serve):
    children = both(serve)
    serve.kill()
    serve.wait()
    assert eventually(lambda: not any(is_running(process) for process in children))


def test_a_taken_port_is_refused_with_a_way_out(serve):
    refused = serve.again()
    assert refused.returncode == 1
    assert "--port" in refused.stderr
