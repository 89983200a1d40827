"""``kts serve`` and ``kts worker``: the processes of an installation.

``serve`` starts web and worker side by side and starts again whichever dies; it ends both when it
is told to stop.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

THREADS = 4  # requests mostly wait for SQLite and for slow networks
# Two files are read, one is drawn, one scan is recognised, and the index still gets its turn.
CONSUMER_THREADS = 5
LONGEST_POLL = 0.3  # seconds; what is saved must be found within two
PAUSE_BEFORE_RESTART = 1.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOP_WITHIN = 25  # seconds until a child that does not stop is killed
# Threads that search leave less behind when they share two arenas of glibc's allocator: 8 of 36 MB
# with four threads at 40,000 posts. Whoever sets it otherwise keeps that.
ARENAS = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "262144"}
LEAN = "-OO"  # leaves docstrings out, mostly of libraries: 6 MB for each web process


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes."
)
@with_appcontext
def serve(host: str, port: int, workers: int) -> None:
    """Start the web server and the worker together."""
    _refuse_without_secret()
    _refuse_taken_port(host, port)
    children = Children(
        {"web": _gunicorn(host, port, workers), "worker": [sys.executable, "-m", "kts", "worker"]}
    )
    click.echo(f"http://{host}:{port}  (Ctrl+C stops it)")
    children.run()


def _refuse_without_secret() -> None:
    if not current_app.secret_key:
        raise click.ClickException(
            "KTS_SECRET_KEY is not set and the data folder has none: run `kts init` first."
        )


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"{host}:{port} cannot be used ({error.strerror}). Is the site running already? "
                "Another port: `kts serve --port NUMBER` or `PORT=NUMBER make run`."
            ) from error


def _end_with_parent() -> None:
    """Let the kernel end this child when `kts serve` itself is killed, so that none is left."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _gunicorn(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, LEAN, "-m", "gunicorn", "kts.wsgi:app"),
        *("--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
        *("--workers", str(workers), "--worker-class", "gthread", "--threads", str(THREADS)),
        *("--timeout", "120", "--graceful-timeout", "20", "--log-level", "warning"),
        "--no-control-socket",  # two installations of one person would share it
    ]


class Children:
    """Processes that live and stop together; one that dies is started again."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self.commands = commands
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def run(self) -> None:
        """Keep the processes alive until SIGINT or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        for name in self.commands:
            self._start(name)
        while not self.stopping:
            time.sleep(0.2)
            self._restart_dead()
        self._end_all()

    def _start(self, name: str) -> None:
        # a session of its own keeps Ctrl+C from reaching the child before its parent
        self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands
            self.commands[name],
            env={**ARENAS, **os.environ},
            start_new_session=True,
            preexec_fn=_end_with_parent,  # this process has one thread
        )

    def _restart_dead(self) -> None:
        for name, process in list(self.running.items()):
            if process.poll() is not None and not self.stopping:
                click.echo(f"{name} ended with {process.returncode}; starting it again", err=True)
                time.sleep(PAUSE_BEFORE_RESTART)
                self._start(name)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _end_all(self) -> None:
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


@click.command()
@with_appcontext
def worker() -> None:
    """Run background work: index, extraction, previews, mails."""
    queue = current_app.extensions["kts_huey"]
    consumer = queue.create_consumer(
        workers=CONSUMER_THREADS,
        initial_delay=0.05,
        max_delay=LONGEST_POLL,
        graceful_signal="TERM",
        shutdown_timeout=STOP_WITHIN - 5,
    )
    consumer.run()
