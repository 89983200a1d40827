"""Acts at the same moment, and what each of them was answered.

Who of several comes first is chance: a test asks how many were first, never who. And it asks what
the click itself answered (`said`), not what else the next page says to this or that person.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from flask.testing import FlaskClient

from kts.extensions import db
from tests.patience import PATIENCE


def at_once(*acts: Callable):
    """Run the acts at the same moment and give what each gave, in their order.

    What an act raises is raised here. The test's own transaction ends before and after, so that it
    holds up nobody and then reads what is there.
    """
    db.session.commit()
    together = Barrier(len(acts))

    def run(act):
        together.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        found = list(pool.map(run, acts))
    db.session.expire_all()
    return found


def clicks_at_once(app: Flask, login, clicks):
    """Let each person send a form at the same moment; give the clients and their answers.

    ``clicks`` has for each the person, the address and what the form says.
    """
    ready = [(login(app.test_client(), person), address, data) for person, address, data in clicks]
    acts = [lambda one=one: one[0].post(one[1], data=one[2]) for one in ready]
    return list(zip((client for client, *_rest in ready), at_once(*acts), strict=True))


def statuses(answered) -> list[int]:
    """Give the sorted statuses of the answers of ``clicks_at_once``."""
    return sorted(answer.status_code for _client, answer in answered)


def said(client: FlaskClient) -> list[str]:
    """Give the kinds of messages that the next page will show, as ``["warning"]``."""
    with client.session_transaction() as session:
        return [kind for kind, _sentence in session.get("_flashes", [])]
