"""Exports, covers, the home page and suggestions: everything around the text of a dossier."""

import io
import re
from datetime import timedelta

import pypdfium2 as pdfium
import pytest
from PIL import Image

from kts.accounts import services as accounts
from kts.core.clock import now
from kts.curation.dossiers import services, tasks
from kts.curation.dossiers.exporting.blocks import blocks
from kts.curation.dossiers.exporting.markdown import own_text, plain
from kts.curation.dossiers.models import Dossier, DossierExport
from kts.extensions import db
from kts.search import sync


@pytest.fixture
def book(moderator, dossier, publish):
    """Publish a dossier with a chapter, a licensed document, a closed one and a link."""
    group = accounts.create_group(moderator, "AEG Daten")
    openly = publish("Größenmaßstab", text="Über Straßen.", licence="CC-BY-4.0")
    inside = publish("Akte Zaunkönig", group.token)
    services.add_heading(moderator, dossier, "Was zuerst zählt")
    services.add_address(
        moderator, dossier, f"{openly.path}/seite/1", note="Lies [das](/dokumente/1).", quote="Über"
    )
    services.add_address(moderator, dossier, inside.path, note="Drosselbart")
    services.add_address(moderator, dossier, "https://www.example.org/norm", "Die [Norm]")
    services.publish_dossier(moderator, dossier)
    db.session.commit()
    return dossier


def texts_of(pdf):
    document = pdfium.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return document, "\n".join(pages)


def test_markdown_names_sources_licences_and_addresses(app, client, book):
    answer = app.test_client().get(f"{book.path}/dossier.md")
    assert answer.mimetype == "text/markdown"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = answer.text
    base = app.config["KTS"].base_url
    assert text.startswith("# Sensoren im Alltag\n")
    assert "## Was zuerst zählt" in text
    assert f"[das]({base}/dokumente/1)" in text
    assert "### [Die \\[Norm\\]](<https://www.example.org/norm>)[^q2]" in text
    assert re.search(r"^\[\^q1\]: .*Größenmaßstab.* CC BY 4\.0\.$", text, re.M)
    assert f"{book.path}/version/1" in text
    assert "Zaunkönig" not in text
    assert "Drosselbart" not in text
    assert "[^q3]" not in text  # nothing counts what is left out
    assert "Zaunkönig" in client.get(f"{book.path}/dossier.md").text


def test_the_pdf_holds_what_this_reader_may_see_with_bookmarks_and_links(app, book):
    answer = app.test_client().get(f"{book.path}/dossier.pdf")
    assert answer.mimetype == "application/pdf"
    document, text = texts_of(answer.data)
    assert "Größenmaßstab" in text
    assert "CC BY 4.0" in text
    assert "Zaunkönig" not in text
    titles = [mark.get_title() for mark in document.get_toc()]
    assert "Was zuerst zählt" in titles
    assert document.get_metadata_dict()["Title"] == "Sensoren im Alltag"
    assert b"/Lang (de)" in answer.data


def test_a_long_pdf_is_made_by_the_worker_once_for_all_who_see_the_same(
    app, client, book, monkeypatch
):
    made = []
    monkeypatch.setattr(tasks, "LONG", 10)
    monkeypatch.setattr(tasks, "pdf_of", lambda content, _cover: made.append(content) or b"%PDF-")
    waiting = []
    monkeypatch.setattr(tasks, "after_commit", lambda _task, number: waiting.append(number))
    guest = app.test_client()
    first = guest.get(f"{book.path}/dossier.pdf")
    assert first.status_code == 202
    assert first.headers["Refresh"]
    assert guest.get(f"{book.path}/dossier.pdf").status_code == 202
    assert client.get(f"{book.path}/dossier.pdf").status_code == 202  # she sees more
    assert len(waiting) == 2
    tasks.find_unfinished()
    assert len(made) == 2
    assert guest.get(f"{book.path}/dossier.pdf").data == b"%PDF-"
    assert ["Zaunkönig" in str(content) for content in made] == [False, True]
    assert all(export.content is None for export in db.session.query(DossierExport))
    tasks.find_unfinished()
    assert len(made) == 2
    for export in db.session.query(DossierExport):
        export.created = now() - timedelta(days=4)
    db.session.commit()
    tasks.forget_old()
    assert db.session.query(DossierExport).count() == 0


def test_the_editors_markdown_fits_into_the_whole():
    source = "# Kopf\n\n```\n# kein Kopf\n```\n\nSatz[^1] und [Link](/thema/1).\n\n[^1]: Fuß"
    assert own_text(source, "https://x.de", "t7") == (
        "### Kopf\n\n```\n# kein Kopf\n```\n\nSatz[^t7-1] und [Link](https://x.de/thema/1)."
        "\n\n[^t7-1]: Fuß"
    )
    assert plain("*a* <b> https://x.de/a_b") == r"\*a\* \<b\> <https://x.de/a_b>"


def test_rendered_texts_become_blocks():
    html = (
        '<h2>Kopf</h2>\n<p>Ein <strong>Wort</strong> und <a href="/dokumente/1">Link</a></p>'
        '\n<ol start="3">\n<li>drei</li>\n<li>vier<ul><li>tief</li></ul></li></ol>'
        '<blockquote><p>Zitat</p></blockquote><p><img src="/anhang/1" alt="Bild"></p>'
    )
    found = blocks(html, "https://x.de")
    told = [(b.kind, b.level, b.mark, "".join(r.text for r in b.runs).strip()) for b in found]
    assert told == [
        ("heading", 0, "", "Kopf"),
        ("paragraph", 0, "", "Ein Wort und Link"),
        ("item", 1, "3.", "drei"),
        ("item", 1, "4.", "vier"),
        ("item", 2, "•", "tief"),
        ("quote", 1, "", "Zitat"),
        ("paragraph", 0, "", "[Bild]"),
    ]
    assert [run.link for run in found[1].runs if run.link] == ["https://x.de/dokumente/1"]
    assert [run.text for run in found[1].runs if run.bold] == ["Wort"]


def picture(exif=b"", size=(40, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, "navy").save(file, "JPEG", exif=exif)
    return io.BytesIO(file.getvalue()), "Urlaub.jpg"


def test_a_cover_is_drawn_anew_and_needs_its_description(app, client, dossier, publish, moderator):
    address = f"/dossiers/{dossier.id}/titelbild"
    exif = Image.Exif()
    exif[0x010E] = "Geheimer Ort"
    sent = {"source": "upload", "file": picture(exif.tobytes())}
    assert client.post(address, data=sent).status_code == 422
    sent = {"source": "upload", "alt": "Ein Platz", "file": picture(exif.tobytes())}
    assert client.post(address, data=sent).status_code == 303
    wrong = {"source": "upload", "alt": "X", "file": (io.BytesIO(b"<svg/>"), "x.svg")}
    assert client.post(address, data=wrong).status_code == 422
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    guest = app.test_client()
    assert 'alt="Ein Platz"' in guest.get(dossier.path).text
    image = guest.get(f"{dossier.path}/titelbild/1")
    assert image.mimetype == "image/jpeg"
    assert b"Geheimer Ort" not in image.data
    assert "sandbox" in image.headers["Content-Security-Policy"]
    assert client.post(address, data={"source": "none"}).status_code == 303
    client.post(f"/dossiers/{dossier.id}/teile", data={"note": "Mehr."})
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    assert '<img class="dossier-cover"' not in guest.get(dossier.path).text
    assert guest.get(f"{dossier.path}/titelbild/1").status_code == 200  # the version keeps it
    assert guest.get(f"{dossier.path}/titelbild/2").status_code == 404


def test_the_cover_of_a_document_is_shown_to_those_who_see_the_document(
    app, client, moderator, dossier, publish
):
    group = accounts.create_group(moderator, "AEG Daten")
    inside, other = publish("Akte Zaunkönig", group.token), publish("Anderes")
    inside.current_version.cover_key = "0" * 64
    services.add_address(moderator, dossier, inside.path)
    db.session.commit()
    address = f"/dossiers/{dossier.id}/titelbild"
    assert client.post(address, data={"source": f"document:{other.id}"}).status_code == 422
    assert client.post(address, data={"source": f"document:{inside.id}"}).status_code == 303
    client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    assert f"{inside.path}/titelbild" in client.get(dossier.path).text
    assert "zaunkoenig" not in app.test_client().get(dossier.path).text


def test_up_to_three_dossiers_stand_on_the_home_page_in_order_and_in_time(app, client, moderator):
    made = []
    for number in range(4):
        one = services.create_dossier(moderator, f"Nummer {number}", text="Text")
        services.publish_dossier(moderator, one)
        made.append(one)
    db.session.commit()
    guest = app.test_client()

    def on_home():
        return [
            int(n) for n in re.findall(r'href="/dossiers/\d+-nummer-(\d)"', guest.get("/").text)
        ]

    assert on_home() == []
    for one in made[:3]:
        assert client.post(f"/dossiers/{one.id}/startseite").status_code == 303
    assert client.post(f"/dossiers/{made[3].id}/startseite").status_code == 422
    assert on_home() == [0, 1, 2]
    client.post(f"/dossiers/{made[2].id}/startseite/hoch")
    assert on_home() == [0, 2, 1]
    page = client.post(f"/dossiers/{made[0].id}/startseite/entfernen", follow_redirects=True).text
    assert on_home() == [2, 1]
    undo = re.search(rf'action="(/dossiers/{made[0].id}/startseite/wieder[^"]*)"', page)[1]
    client.post(undo.replace("&amp;", "&"))
    assert on_home() == [0, 2, 1]
    today = now().date()
    past = {"until": (today - timedelta(days=1)).isoformat()}
    assert client.post(f"/dossiers/{made[0].id}/startseite", data=past).status_code == 422
    client.post(f"/dossiers/{made[0].id}/startseite", data={"until": today.isoformat()})
    assert on_home() == [0, 2, 1]
    db.session.get(Dossier, made[0].id).featured_until = today - timedelta(days=1)
    db.session.get(Dossier, made[2].id).visibility = "members"
    db.session.commit()
    assert on_home() == [1]
    client.post(f"/dossiers/{made[1].id}/zurueckziehen")
    assert on_home() == []


def test_suggestions_leave_out_what_is_in_or_was_dismissed(
    app, client, moderator, dossier, publish, thread
):
    group = accounts.create_group(moderator, "AEG Daten")
    inside = publish("Sensoren am Bach", text="Sensoren messen den Pegel im Alltag.")
    wanted = publish("Sensoren im Wald", text="Sensoren messen im Alltag die Feuchte.")
    closed = publish("Sensoren geheim", group.token, text="Sensoren im Alltag, geheim.")
    services.add_address(moderator, dossier, f"{inside.path}/seite/1")
    person = accounts.create_user("ewa@example.org", "Ewa", role="member", password="x" * 12)
    services.name_editor(moderator, dossier, person.email)
    db.session.commit()
    sync.rebuild()
    address = f"/dossiers/{dossier.id}/vorschlaege"

    def shown():
        page = client.get(address).text
        return {
            name
            for name, one in (("in", inside), ("wanted", wanted), ("closed", closed), ("t", thread))
            if f'value="{one.path}' in page
        }

    assert shown() == {"wanted", "closed", "t"}
    other = app.test_client()
    with other.session_transaction() as session:
        session.update(_user_id=person.get_id(), _fresh=True)
    page = other.get(address).text
    assert wanted.path in page
    assert closed.path not in page
    data = {"kind": "thread", "object_id": thread.id, "address": thread.path}
    client.post(f"{address}/verwerfen", data=data)
    assert shown() == {"wanted", "closed"}
    client.post(f"{address}/thread/{thread.id}/wieder")
    data = {"kind": "document", "object_id": wanted.id, "address": wanted.path}
    client.post(f"{address}/aufnehmen", data=data)
    assert shown() == {"closed", "t"}
