"""Administrators change roles; nobody else does."""

from kts.core.audit import AuditEntry
from kts.extensions import db


def test_only_administrators_change_roles(app, make_user, login):
    target = make_user()
    path, data = f"/personen/{target.id}/rolle", {"role": "moderator"}
    for role in ("member", "editor", "moderator"):
        client = login(app.test_client(), make_user(role))
        assert client.get("/personen").status_code == 403
        assert client.post(path, data=data).status_code == 403
    admin = login(app.test_client(), make_user("admin"))
    assert target.email in admin.get("/personen?q=member").text
    assert admin.post(path, data=data).status_code == 303
    db.session.expire_all()
    assert target.role == "moderator"
    entry = db.session.scalar(db.select(AuditEntry).filter_by(action="user.role"))
    assert entry.changes == {"role": ["member", "moderator"]}


def test_the_last_administrator_stays(client, make_user, login):
    admin = make_user("admin")
    login(client, admin)
    client.post(f"/personen/{admin.id}/rolle", data={"role": "member"})
    client.post(f"/personen/{admin.id}/abschalten")
    db.session.expire_all()
    assert (admin.role, admin.active) == ("admin", True)


def test_accounts_are_switched_off_and_on(client, make_user, login):
    target = make_user()
    login(client, make_user("admin"))
    client.post(f"/personen/{target.id}/abschalten")
    db.session.expire_all()
    assert not target.active
    client.post(f"/personen/{target.id}/anschalten")
    db.session.expire_all()
    assert target.active
