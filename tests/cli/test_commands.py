"""The ``kts`` command: accounts, backup and restore, health; and that all of it is documented."""

import io
import tarfile
from dataclasses import fields
from pathlib import Path

import pytest

from kts.accounts.models import User
from kts.accounts.queries import user_by_email
from kts.accounts.services import authenticate
from kts.cli import group, migrating
from kts.config import Settings
from kts.core import storage
from kts.extensions import db
from kts.forum.models import Category
from kts.municipalities.models import Topic
from tests.conftest import make_app

OPERATING = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()


@pytest.fixture
def kts(app):
    """Give a function that runs a command on the test's application."""

    def run(*arguments, stdin=None):
        if db.session:
            db.session.commit()
        return app.test_cli_runner().invoke(group, arguments, input=stdin, obj=_script(app))

    return run


def _script(app):
    from flask.cli import ScriptInfo

    migrating.bind(app)
    return ScriptInfo(create_app=lambda: app)


@pytest.mark.usefixtures("db_session")
def test_an_account_is_made_with_its_password_from_standard_input(kts):
    arguments = ("user", "create", "anna@stadt.de", "--name", "Anna", "--role", "admin")
    result = kts(*arguments, "--password-stdin", stdin="ein langes Passwort\n")
    assert result.exit_code == 0, result.output
    assert authenticate("anna@stadt.de", "ein langes Passwort").role == "admin"
    again = kts(*arguments)
    assert again.exit_code == 1
    assert "anna@stadt.de" in again.output


@pytest.mark.usefixtures("db_session")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("keine-adresse", "--name", "A"), "no e-mail address"),
        (("a@stadt.de", "--name", "A", "--municipality", "99999999"), "99999999"),
        (("a@stadt.de", "--name", "A", "--role", "king"), "king"),
    ],
)
def test_wrong_accounts_are_refused_and_nothing_is_made(kts, arguments, told):
    result = kts("user", "create", *arguments)
    assert result.exit_code != 0
    assert told in result.output
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count(User.id))) == 0


@pytest.mark.usefixtures("db_session")
def test_a_short_password_is_refused(kts):
    result = kts("user", "create", "a@stadt.de", "--name", "A", "--password-stdin", stdin="kurz\n")
    assert result.exit_code == 1
    assert user_by_email("a@stadt.de") is None


def test_what_a_backup_holds_comes_back(kts, make_user, tmp_path):
    make_user(email="anna@example.org")
    blob = storage.store(io.BytesIO(b"Strategie"))
    file = tmp_path / "kts.tar.gz"
    assert kts("backup", str(file)).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0, "others on the machine can read the backup"
    make_user(email="otto@example.org")
    storage.delete_blob(blob.key)

    refused = kts("restore", str(file))
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert user_by_email("otto@example.org")

    restored = kts("restore", str(file), "--force")
    assert restored.exit_code == 0, restored.output
    db.session.expire_all()
    assert user_by_email("anna@example.org")
    assert user_by_email("otto@example.org") is None
    assert storage.open_blob(blob.key).read() == b"Strategie"


def test_a_damaged_backup_changes_nothing(kts, make_user, tmp_path):
    make_user(email="anna@example.org")
    file = tmp_path / "kts.tar.gz"
    kts("backup", str(file))
    file.write_bytes(file.read_bytes()[:-200])
    result = kts("restore", str(file), "--force")
    assert result.exit_code == 1
    assert "Nothing was changed" in result.output
    assert user_by_email("anna@example.org")


def test_a_backup_with_another_content_is_refused(kts, make_user, tmp_path):
    make_user(email="anna@example.org")
    file = tmp_path / "kts.tar.gz"
    kts("backup", str(file))
    unpacked = tmp_path / "unpacked"
    with tarfile.open(file) as archive:
        archive.extractall(unpacked, filter="data")
    (unpacked / "kts.sqlite3").write_bytes(b"something else")
    with tarfile.open(file, "w:gz") as archive:
        for path in unpacked.iterdir():
            archive.add(path, path.name)
    result = kts("restore", str(file), "--force")
    assert result.exit_code == 1
    assert "damaged" in result.output


def test_check_says_what_is_wrong_and_what_to_do(kts, make_user, app):
    make_user()
    result = kts("check")
    problems = [line for line in result.output.splitlines() if line.startswith("PROBLEM")]
    assert problems == ["PROBLEM database and migrations"]  # the tests' tables are made without
    assert "kts upgrade" in result.output
    assert result.exit_code == 1


def test_a_fresh_installation_is_sound(tmp_path):
    app = make_app(tmp_path)
    run = app.test_cli_runner()
    for command in ("init", "init", "check"):
        result = run.invoke(group, [command], obj=_script(app))
        assert result.exit_code == 0, result.output
    assert "PROBLEM" not in result.output
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count(Topic.id))) == 14
        assert db.session.scalar(db.select(db.func.count(Category.id))) == 4
        db.engine.dispose()


def test_sample_content_stays_out_of_an_installation_that_real_people_use(kts, make_user):
    make_user()
    refused = kts("demo")
    assert refused.exit_code == 1
    assert "Nothing was changed" in refused.output
    left_alone = kts("demo", "--optional")
    assert left_alone.exit_code == 0
    assert "kts-beispiel" not in left_alone.output
    assert db.session.scalar(db.select(db.func.count(User.id))) == 1


def commands(found=None, prefix="kts"):
    for name, command in (found or group).commands.items():
        if name in ("db", "limiter"):
            continue
        if hasattr(command, "commands") and command.commands:
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def test_every_command_is_documented():
    assert [name for name in commands() if name not in OPERATING] == []


def test_every_setting_is_documented():
    variables = [f"KTS_{one.name.upper()}" for one in fields(Settings)]
    assert [name for name in variables if name not in OPERATING] == []
