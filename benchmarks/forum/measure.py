"""How many requests a second, beside a plain Flask page in the same run.

``python benchmarks/forum/measure.py FOLDER`` with a folder that ``build.py`` made. Both are served
by gunicorn with one worker process of four threads; ``wrk`` asks over four connections. Rounds of
all addresses are repeated in turn, so that a busy moment of the machine meets all of them.

Beside the requests a second stands the processor time that the worker took for each: one process
of Python uses one processor at most, so on an idle machine the one follows from the other, and on
a busy machine the processor time hardly changes.
"""

import argparse
import http.cookiejar
import json
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from build import MEMBER, PASSWORD, ROOT

sys.path.insert(0, str(ROOT))
from kts.cli.processes import ARENAS, LEAN


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


PLAIN, SITE = free_port(), free_port()
SECONDS, ROUNDS = 3, 3
QUESTIONS = "Bürgerbeteiligung,offene Daten,Sitzung,Antrag stellen,Förderung,Beitrag,Kommune"
REPLIES = 300


@contextmanager
def served(module, port, **settings):
    command = [sys.executable, LEAN, "-m", "gunicorn", module, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--worker-class", "gthread", "--threads", "4"]
    command += ["--timeout", "120", "--log-level", "error", "--no-control-socket"]
    here = str(Path(__file__).parent)
    environment = {**ARENAS, **os.environ, "PYTHONPATH": f"{ROOT}:{here}", **settings}
    process = subprocess.Popen(command, env=environment, cwd=here)
    try:
        wait_for(port)
        yield worker_of(process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_for(port):
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("a server did not start")


def worker_of(pid):
    child = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
    return int(child.stdout.split()[0])


def processor_time(pid):
    """Give the microseconds that the threads of a process have run."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1000


def rate(port, pid, path, cookie=""):
    """Give the requests a second, and the processor time of each in microseconds."""
    address = f"http://127.0.0.1:{port}{path}"
    urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie})).close()
    command = ["wrk", "-t1", "-c4", f"-d{SECONDS}s", address]
    if cookie:
        command[1:1] = ["-H", f"Cookie: {cookie}"]
    before = processor_time(pid)
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = processor_time(pid) - before
    if "Non-2xx" in out:
        raise SystemExit(f"{path}: {out}")
    count = int(re.search(r"(\d+) requests in", out)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), used / count


class Person:
    """A browser's worth of sign-in and forms."""

    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), NoRedirect
        )

    def get(self, path):
        return self._open(path, None)[1]

    def post(self, path, **fields):
        return self._open(path, urllib.parse.urlencode(fields).encode())

    def _open(self, path, data):
        request = urllib.request.Request(f"http://127.0.0.1:{SITE}{path}", data)
        with self.opener.open(request) as answer:
            return answer.status, answer.read().decode()

    def sign_in(self):
        self.post(
            "/anmelden", csrf_token=token(self.get("/anmelden")), email=MEMBER, password=PASSWORD
        )

    @property
    def cookie(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Gives redirects back as they are."""

    def http_error_302(self, _request, file, _code, _message, _headers):
        return file

    http_error_303 = http_error_301 = http_error_302


def token(html):
    return re.search(r'name="csrf_token"[^>]* value="([^"]+)"', html)[1]


def addresses(folder):
    with sqlite3.connect(folder / "kts.sqlite3") as database:
        long_id, posts = database.execute(
            "SELECT id, last_number FROM thread ORDER BY last_number DESC LIMIT 1"
        ).fetchone()
        short_id = database.execute("SELECT max(id) FROM thread").fetchone()[0]
        slug = database.execute(
            "SELECT slug FROM category JOIN thread ON thread.category_id = category.id LIMIT 1"
        ).fetchone()[0]
    short, long = path_of(short_id), path_of(long_id)
    return {
        "index": "/forum",
        "category": f"/forum/{slug}",
        "thread page": short,
        "last page of the long thread": f"{long}?seite={(posts - 1) // 20 + 1}",
    }


def path_of(thread_id):
    person = Person()
    request = urllib.request.Request(f"http://127.0.0.1:{SITE}/thema/{thread_id}-x")
    with person.opener.open(request) as answer:
        return answer.headers["Location"] or f"/thema/{thread_id}-x"


def memory(pid):
    """Give the resident megabytes of the worker process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def reply_times(person, pid, path):
    """Post replies one after the other; give the milliseconds of each, and the processor's."""
    page = person.get(path)
    secret, action = token(page), f"{path.split('?')[0]}/antworten"
    times = []
    for number in range(REPLIES):
        body = f"Antwort {number}: " + "Das haben wir auch so gemacht. " * 16
        started, before = time.perf_counter(), processor_time(pid)
        status, _body = person.post(action, csrf_token=secret, body=body, token=f"b{time.time()}")
        ended = time.perf_counter()
        times.append(((ended - started) * 1000, (processor_time(pid) - before) / 1000))
        if status != 303:
            raise SystemExit(f"a reply was answered with {status}")
    return times


def measure(folder):
    os.environ.pop("KTS_DATABASE_URL", None)
    with (
        served("plain:app", PLAIN) as plain,
        served("kts.wsgi:app", SITE, KTS_INSTANCE=str(folder), KTS_RATELIMIT="false") as pid,
    ):
        person = Person()
        person.sign_in()
        pages = addresses(folder)
        jobs = {("plain", ""): (PLAIN, plain, "/", "")}
        for name, path in pages.items():
            jobs[name, "guest"] = (SITE, pid, path, "")
            jobs[name, "member"] = (SITE, pid, path, person.cookie)
        for question in QUESTIONS.split(","):
            path = f"/suche?q={urllib.parse.quote(question)}"
            jobs[f"search {question}", "guest"] = (SITE, pid, path, "")
        rates = {job: [] for job in jobs}
        for _ in range(ROUNDS):
            for job, target in jobs.items():
                rates[job].append(rate(*target))
        report(rates)
        after_reading = memory(pid)
        waited, worked = zip(*reply_times(person, pid, pages["thread page"]), strict=True)
        for name, times in (("time", sorted(waited)), ("processor time", sorted(worked))):
            p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
            print(
                f"posting a reply, {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({REPLIES} replies)"
            )
        print(f"memory of the worker: {after_reading:.0f} MB, {memory(pid):.0f} MB after replies")


def report(rates):
    plain = medians(rates.pop(("plain", "")))
    print(f"plain Flask page: {plain[0]:.0f}/s, {plain[1]:.0f} µs of the processor")
    for (name, who), found in rates.items():
        asked, used = medians(found)
        print(
            f"{name:32} {who:7} {asked:7.0f}/s   1/{plain[0] / asked:.1f}"
            f" {used:9.0f} µs   1/{used / plain[1]:.1f}"
        )
    print(json.dumps({"plain": plain, **{"|".join(k): v for k, v in rates.items()}}))


def medians(found):
    return [statistics.median(values) for values in zip(*found, strict=True)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    measure(parser.parse_args().folder.resolve())
