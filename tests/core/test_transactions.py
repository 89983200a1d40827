"""Writers on SQLite wait for each other instead of failing."""

import threading

from kts.accounts.models import User
from kts.core.transactions import reading
from kts.extensions import db
from tests.patience import PATIENCE


def test_two_writers_at_once_both_succeed(app, make_user):
    user_id = make_user(name="0").id
    db.session.commit()

    def count_up():
        with app.app_context():
            for _ in range(20):
                user = db.session.get(User, user_id)
                user.name = str(int(user.name) + 1)
                db.session.commit()

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    assert db.session.get(User, user_id).name == "40"


def test_a_long_reader_does_not_hold_writers_up(app, make_user):
    user_id = make_user(name="vorher").id
    db.session.commit()
    with reading():
        assert db.session.get(User, user_id).name == "vorher"
        done = threading.Event()

        def write():
            with app.app_context():
                db.session.get(User, user_id).name = "nachher"
                db.session.commit()
                done.set()

        threading.Thread(target=write).start()
        assert done.wait(PATIENCE)
    db.session.rollback()
    assert db.session.get(User, user_id).name == "nachher"
