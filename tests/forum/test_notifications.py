"""Who hears of answers."""

from kts.accounts.services import remove_from_group
from kts.forum import services
from kts.notifications.models import Notification


def messages(session, person):
    return session.query(Notification).filter_by(user_id=person.id, read_at=None).all()


def test_those_who_wrote_hear_of_an_answer_once_while_unread(
    client, login, make_user, thread, db_session
):
    first, second = make_user(), make_user(name="Anton Antwort")
    services.add_post(first, thread, "Wir auch")
    services.add_post(second, thread, "So ging es bei uns")
    services.add_post(second, thread, "Und noch etwas")
    db_session.commit()
    assert len(messages(db_session, thread.author)) == 1
    (message,) = messages(db_session, first)
    assert message.text == f"Anton Antwort hat in „{thread.title}“ geantwortet."
    assert messages(db_session, second) == []
    response = login(client, first).get(message.url)
    assert response.location.startswith(thread.path)
    client.get(response.location)
    db_session.expire_all()
    assert messages(db_session, first) == []
    services.add_post(second, thread, "Ein Nachtrag")
    db_session.commit()
    assert len(messages(db_session, first)) == 1


def test_bystanders_and_inactive_people_hear_nothing(make_user, thread, db_session):
    bystander, gone = make_user(), make_user()
    services.add_post(gone, thread, "Ich war einmal hier")
    gone.active = False
    services.add_post(make_user(), thread, "Antwort")
    db_session.commit()
    assert messages(db_session, bystander) == []
    assert messages(db_session, gone) == []


def test_whoever_left_the_group_hears_nothing_more(
    make_user, make_category, make_group, make_thread, db_session
):
    group = make_group()
    author, other = make_user(groups=[group]), make_user(groups=[group])
    thread = make_thread(author=author, category=make_category("Werkraum", group.token))
    services.add_post(other, thread, "Eins")
    assert len(messages(db_session, author)) == 1
    db_session.query(Notification).delete()
    (membership,) = author.group_memberships
    remove_from_group(other, membership)
    db_session.commit()
    services.add_post(other, thread, "Zwei")
    db_session.commit()
    assert messages(db_session, author) == []


def test_hidden_threads_make_no_noise(make_user, thread, db_session):
    services.hide_thread(None, thread, "Grund")
    db_session.query(Notification).delete()
    services.add_post(make_user("moderator"), thread, "Unter uns")
    db_session.commit()
    assert messages(db_session, thread.author) == []
