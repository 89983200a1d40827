"""Images and files in posts: what is taken, who opens it, when it goes."""

import struct
import zipfile
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from kts.core import storage
from kts.core.clock import now
from kts.forum import services
from kts.forum.models import Post
from kts.forum.models.attachments import Attachment, post_attachment
from kts.forum.services import attachments
from kts.forum.services.drafts import Words, save_draft
from kts.forum.tasks import forget_deleted, remove_uploads

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


def picture(kind="PNG", size=(40, 30), **options):
    target = BytesIO()
    Image.new("RGB", size, (10, 120, 200)).save(target, kind, **options)
    return target.getvalue()


def send(client, content, name="bild.png"):
    data = {"file": (BytesIO(content), name)}
    return client.post("/anhang", data=data, content_type="multipart/form-data")


def sent(client, content=None, name="bild.png"):
    response = send(client, content or picture(), name)
    assert response.status_code == 200, response.text
    return response.get_json()


def answer(client, thread, body, **more):
    return client.post(
        f"{thread.path}/antworten", data={"body": body, **more}, content_type="multipart/form-data"
    )


def test_an_image_is_shown_in_a_post_with_its_size(client, login, make_user, thread, db_session):
    login(client, make_user())
    found = sent(client, picture(size=(2000, 1000)))
    assert found["markdown"] == f"![](/anhang/{found['id']})"
    assert (
        answer(client, thread, f"Der Platz: ![Marktplatz](/anhang/{found['id']})").status_code
        == 303
    )
    html = db_session.query(Post).filter_by(number=2).one().html
    assert f'src="/anhang/{found["id"]}" width="1600" height="800" loading="lazy"' in html
    assert 'alt="Marktplatz"' in html
    shown = client.get(f"/anhang/{found['id']}")
    assert shown.mimetype == "image/png"
    assert Image.open(BytesIO(shown.data)).size == (1600, 800)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert "private" in shown.headers["Cache-Control"]
    etag = {"If-None-Match": shown.headers["ETag"]}
    assert client.get(f"/anhang/{found['id']}", headers=etag).status_code == 304


def test_a_file_is_offered_to_be_saved_under_its_name(client, login, make_user):
    login(client, make_user())
    found = sent(client, PDF + b" " * 1_300_000, "Förderbescheid 2026.pdf")
    assert found["markdown"] == f"[Förderbescheid 2026.pdf (1,2 MB)](/anhang/{found['id']})"
    shown = client.get(f"/anhang/{found['id']}")
    assert shown.mimetype == "application/pdf"
    assert shown.headers["Content-Disposition"].startswith("attachment")


def archive(**files):
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return target.getvalue()


def office(kind):
    mark = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    return archive(**{"[Content_Types].xml": mark, "x.xml": "<x/>"})


def odf(kind, **more):
    mime = f"application/vnd.oasis.opendocument.{kind}"
    return archive(mimetype=mime, **{"content.xml": "<x/>"}, **more)


@pytest.mark.parametrize(
    ("content", "name", "ending"),
    [
        (PDF, "a.pdf", "pdf"),
        (office("wordprocessingml.document"), "a.docx", "docx"),
        (office("spreadsheetml.sheet"), "a.xlsx", "xlsx"),
        (office("presentationml.presentation"), "a.pptx", "pptx"),
        (odf("text"), "a.odt", "odt"),
        (odf("spreadsheet"), "a.ods", "ods"),
        (odf("presentation"), "a.odp", "odp"),
        ("Straße;Ort\nA;B\n".encode(), "a.csv", "csv"),
        (b"Nur Text.", "a.txt", "txt"),
        (picture("JPEG"), "a.png", "jpg"),
        (picture("WEBP"), "a.webp", "webp"),
        (picture("GIF"), "a.gif", "png"),
    ],
)
def test_a_file_is_what_its_content_says(client, login, make_user, content, name, ending):
    login(client, make_user())
    assert sent(client, content, name)["name"] == f"a.{ending}"


def png_bomb():
    """A picture of 50 000 × 50 000 pixels in a few kilobytes."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9000)))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def animated():
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    target = BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=50)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.svg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png"),
        (b"<!DOCTYPE html><title>x</title><script>alert(1)</script>", "a.txt"),
        (b"<html><script>alert(1)</script>%PDF-1.4", "a.pdf"),
        (b"MZ\x90\x00" + bytes(400), "rechnung.pdf"),
        (b"\x7fELF" + bytes(400), "a.txt"),
        (archive(**{"a.txt": "x"}), "a.zip"),
        (archive(**{"a.txt": "x"}), "a.docx"),
        (odf("spreadsheet", **{"Basic/x.xml": "x"}), "a.ods"),
        (picture("JPEG", (400, 400))[:900], "kaputt.jpg"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "kaputt.png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "kaputt.webp"),
        (png_bomb(), "bombe.png"),
        (animated(), "film.gif"),
        (b"", "leer.pdf"),
        (b"{\\rtf1 x}", "a.rtf"),
    ],
)
def test_what_is_refused_is_told_in_a_sentence_and_nothing_is_kept(
    client, login, make_user, db_session, app, content, name
):
    login(client, make_user())
    response = send(client, content, name)
    assert response.status_code == 422
    assert len(response.get_json()["error"]) > 20
    assert db_session.query(Attachment).count() == 0
    assert list(storage.all_keys()) == []


def test_a_page_hidden_in_an_image_does_not_survive(client, login, make_user):
    login(client, make_user())
    polyglot = picture("GIF") + b"<html><script>alert(1)</script></html>"
    found = sent(client, polyglot, "x.gif")
    assert b"script" not in client.get(f"/anhang/{found['id']}").data
    comment = picture("GIF", comment=b"<script>alert(2)</script>")
    found = sent(client, comment, "y.gif")
    assert b"script" not in client.get(f"/anhang/{found['id']}").data


def test_where_a_photo_was_taken_is_removed_and_it_stands_upright(client, login, make_user):
    login(client, make_user())
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    exif[0x010F] = "Kameramarke"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 3: "E", 4: (11.0, 34.0, 0.0)})
    photo = picture("JPEG", (80, 40), exif=exif)
    assert Image.open(BytesIO(photo)).getexif().get_ifd(0x8825)
    kept = client.get(f"/anhang/{sent(client, photo, 'foto.jpg')['id']}").data
    image = Image.open(BytesIO(kept))
    assert image.size == (40, 80)
    assert not image.getexif()
    assert "exif" not in image.info
    assert b"Kameramarke" not in kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Dokumente\\Plan.pdf", "Plan.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.pdf"),
        ("a](javascript:alert(1)).pdf", "ajavascriptalert1.pdf"),
        ("\x00\r\n.pdf", "pdf.pdf"),
        ("...", "Datei.pdf"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(client, login, make_user, name, kept):
    assert attachments.safe_name(name, "pdf") == kept


def test_too_large_is_refused(client, login, make_user, monkeypatch):
    login(client, make_user())
    monkeypatch.setattr(attachments, "FILE_BYTES", 2000)
    monkeypatch.setattr(attachments, "IMAGE_BYTES", 2000)
    assert send(client, PDF + bytes(2000), "a.pdf").status_code == 422
    assert send(client, picture(size=(900, 900)) + bytes(2000)).status_code == 422
    assert send(client, PDF, "a.pdf").status_code == 200


def test_nobody_fills_the_disk_in_a_day(client, login, make_user, monkeypatch, db_session):
    login(client, make_user())
    monkeypatch.setattr(attachments, "DAY_BYTES", 100)
    assert send(client, PDF, "a.pdf").status_code == 200
    response = send(client, PDF + b"mehr" * 20, "b.pdf")
    assert response.status_code == 422
    assert "morgen" in response.get_json()["error"] or "tomorrow" in response.get_json()["error"]
    assert len(list(storage.all_keys())) == 1
    login(client, make_user())
    assert send(client, PDF, "a.pdf").status_code == 200


def test_a_file_sent_twice_is_kept_once(client, login, make_user, db_session):
    login(client, make_user())
    content = picture()
    assert sent(client, content)["id"] == sent(client, content)["id"]
    assert db_session.query(Attachment).count() == 1
    login(client, make_user())
    sent(client, content)
    assert db_session.query(Attachment).count() == 2
    assert len(list(storage.all_keys())) == 1


def test_guests_upload_nothing(client):
    assert send(client, picture()).status_code in (302, 403)


def test_an_upload_that_no_post_shows_is_its_uploaders_alone(client, login, make_user):
    login(client, make_user())
    path = f"/anhang/{sent(client)['id']}"
    assert client.get(path).status_code == 200
    for role in ("member", "moderator", "admin"):
        assert login(client, make_user(role)).get(path).status_code == 404
    with client.session_transaction() as session:
        session.clear()
    assert client.get(path).status_code == 404


def test_whoever_reads_the_post_opens_its_files(
    app, client, login, make_user, make_thread, make_category, make_group, db_session
):
    group = make_group()
    inside, outside = make_user(groups=[group]), make_user()
    room = make_category("Intern", visibility=f"group:{group.id}")
    closed = make_thread(author=inside, category=room)
    path = f"/anhang/{sent(login(client, inside))['id']}"
    answer(client, closed, f"![Plan]({path})")
    colleague = make_user(groups=[group])
    assert login(client, colleague).get(path).status_code == 200
    assert login(client, outside).get(path).status_code == 404
    post = db_session.query(Post).filter_by(thread_id=closed.id, number=2).one()
    services.hide_post(make_user("moderator"), post, "Datenschutz")
    db_session.commit()
    assert login(client, colleague).get(path).status_code == 404
    assert login(client, make_user("moderator")).get(path).status_code == 200
    assert login(client, inside).get(path).status_code == 200


def test_writing_somebody_elses_number_opens_nothing(client, login, make_user, thread, db_session):
    path = f"/anhang/{sent(login(client, make_user()))['id']}"
    thief = make_user()
    login(client, thief)
    assert answer(client, thread, f"![Beute]({path}) und [x]({path})").status_code == 303
    assert client.get(path).status_code == 404
    assert db_session.query(post_attachment).count() == 0


def test_an_image_without_words_is_asked_for_them(client, login, make_user, thread, db_session):
    login(client, make_user())
    number = sent(client)["id"]
    refused = answer(client, thread, f"Text ![](/anhang/{number})")
    assert refused.status_code == 422
    assert f'name="alt-{number}"' in refused.text
    assert f"![](/anhang/{number})" in refused.text
    kept = answer(client, thread, f"Text ![](/anhang/{number})", **{f"alt-{number}": "Ein [Plan]"})
    assert kept.status_code == 303
    assert 'alt="Ein (Plan)"' in db_session.query(Post).filter_by(number=2).one().html
    plain = answer(client, thread, f"Zier ![](/anhang/{number})", **{f"decorative-{number}": "1"})
    assert plain.status_code == 303
    assert 'alt=""' in db_session.query(Post).filter_by(number=3).one().html
    assert answer(client, thread, f"Beispiel `![](/anhang/{number})`").status_code == 303


def test_files_go_with_the_form_where_there_is_no_script(
    client, login, make_user, thread, db_session
):
    login(client, make_user())
    attached = answer(
        client, thread, "Mein Text", attach="1", files=(BytesIO(picture()), "plan.png")
    )
    assert attached.status_code == 200
    number = db_session.query(Attachment).one().id
    assert f"Mein Text\n\n![](/anhang/{number})" in attached.text
    assert db_session.query(Post).count() == 1
    done = answer(client, thread, "Mein Text", files=(BytesIO(PDF), "bescheid.pdf"))
    assert done.status_code == 303
    assert "bescheid.pdf" in db_session.query(Post).filter_by(number=2).one().source
    refused = answer(client, thread, "Bleibt da", files=(BytesIO(b"MZ" + bytes(99)), "x.exe"))
    assert refused.status_code == 422
    assert "Bleibt da" in refused.text
    assert db_session.query(Post).count() == 2


def test_a_full_disk_is_told_and_the_text_is_kept(client, login, make_user, thread, monkeypatch):
    login(client, make_user())

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "store", full)
    response = send(client, picture())
    assert response.status_code == 503
    assert response.get_json()["error"]
    kept = answer(client, thread, "Mein Text", files=(BytesIO(PDF), "a.pdf"))
    assert kept.status_code == 422
    assert "Mein Text" in kept.text


def test_uploads_that_nothing_shows_go_after_a_week(client, login, make_user, thread, db_session):
    person = make_user()
    login(client, person)
    shown, drafted, forgotten = (
        sent(client, picture(size=(20, side)))["id"] for side in (10, 11, 12)
    )
    answer(client, thread, f"![Da](/anhang/{shown})")
    save_draft(person, "new", Words(body=f"![x](/anhang/{drafted})"), version=0)
    assert remove_uploads() == 0
    db_session.query(Attachment).update({"updated": now() - timedelta(days=8)})
    db_session.commit()
    assert remove_uploads() == 1
    assert db_session.get(Attachment, forgotten) is None
    assert len(list(storage.all_keys())) == 2
    assert client.get(f"/anhang/{shown}").status_code == 200
    assert client.get(f"/anhang/{drafted}").status_code == 200


def test_a_file_that_somebody_else_uses_stays(client, login, make_user, thread, db_session):
    content = picture()
    for number in range(2):
        login(client, make_user())
        found = sent(client, content)["id"]
        if number:
            answer(client, thread, f"![Da](/anhang/{found})")
    db_session.query(Attachment).update({"updated": now() - timedelta(days=8)})
    db_session.commit()
    assert remove_uploads() == 1
    assert client.get(f"/anhang/{found}").status_code == 200


def test_the_words_take_their_files_along(client, login, make_user, thread, db_session):
    login(client, make_user())
    found = sent(client)["id"]
    answer(client, thread, f"![Da](/anhang/{found})")
    post = db_session.query(Post).filter_by(number=2).one()
    client.post(f"/beitrag/{post.id}/loeschen")
    assert client.get(f"/anhang/{found}").status_code == 200  # her own
    other = make_user()
    assert login(client, other).get(f"/anhang/{found}").status_code == 404
    db_session.query(Post).filter_by(id=post.id).update({"deleted": now() - timedelta(days=31)})
    db_session.commit()
    forget_deleted()
    assert remove_uploads() == 1
    assert list(storage.all_keys()) == []


def test_a_picture_on_another_site_becomes_a_link(client, login, make_user, thread, db_session):
    login(client, make_user())
    answer(client, thread, "![Karte](https://anderswo.example/x.png) ![y](data:image/png;base64,A)")
    html = db_session.query(Post).filter_by(number=2).one().html
    assert "<img" not in html
    assert 'href="https://anderswo.example/x.png"' in html


def test_nobody_gets_a_file_by_naming_it_where_its_owner_edits_or_quotes(
    client, login, make_user, thread, db_session
):
    owner, thief = make_user("moderator"), make_user()
    login(client, owner)
    kept_back = sent(client)["id"]
    login(client, thief)
    answer(client, thread, f"Siehe [hier](/anhang/{kept_back})")
    bait = db_session.query(Post).filter_by(number=2).one()
    client.post(f"/beitrag/{bait.id}/moderation", data={"act": "wiki"})
    login(client, owner)
    quoted = (
        f"> **[{thief.name} schrieb:](/beitrag/{bait.id})**\n> [hier](/anhang/{kept_back})\n\nJa"
    )
    answer(client, thread, quoted)
    answer(client, thread, f"> [hier](/anhang/{kept_back})\n\nJa", reply_to=str(bait.id))
    for version, text in ((1, "Auch [hier]"), (2, "Und [hier]")):
        entries = {"body": f"{text}(/anhang/{kept_back})", "version": str(version)}
        assert client.post(f"/beitrag/{bait.id}/bearbeiten", data=entries).status_code == 303
    client.post(f"/beitrag/{bait.id}/verlauf/1/wiederherstellen")
    assert client.get(f"/anhang/{kept_back}").status_code == 200
    login(client, thief)
    assert client.get(f"/anhang/{kept_back}").status_code == 404
    login(client, owner)
    answer(client, thread, f"Hier ist es: ![Marktplatz](/anhang/{kept_back})")
    login(client, thief)
    assert client.get(f"/anhang/{kept_back}").status_code == 200
