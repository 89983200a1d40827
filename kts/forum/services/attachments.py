"""Images and files: taken in, bound to the posts that show them, cleared away.

A file is looked at by its content, never by its name. Who may open it follows the posts: a post
binds only what its writer has uploaded herself, so nobody opens somebody else's file by writing
its number into a text.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, exists, func, insert

from kts.core import storage
from kts.core.clock import now
from kts.core.errors import Invalid
from kts.extensions import db
from kts.forum import pictures
from kts.forum.files import file_format
from kts.forum.models import Post, PostRevision
from kts.forum.models.attachments import NAME_LENGTH, Attachment, post_attachment
from kts.forum.models.drafts import Draft
from kts.forum.models.held import KEPT
from kts.forum.queries.held import is_held
from kts.forum.services.turns import take_own_turn

MB = 1024 * 1024
IMAGE_BYTES = 10 * MB  # a good camera's photo; it is made smaller anyway
FILE_BYTES = 25 * MB  # a long report with pictures; what is larger belongs into the library
DAY_BYTES = 200 * MB  # a person's in a day, so that nobody fills the disk
UNBOUND_FOR = timedelta(days=7)  # a text is finished after a week, or is a draft
MOST_SHOWN = 50  # attachments of one post; more would be an album
SHOWN = re.compile(r'(?:src|href)="/anhang/(\d{1,9})"')
WRITTEN = re.compile(r"/anhang/(\d{1,9})")
IMAGE_WRITTEN = re.compile(r"!\[([^\[\]]*)\]\(/anhang/(\d{1,9})\)")
QUOTED = re.compile(r'href="/beitrag/(\d{1,9})[">#?]')
IMAGE = re.compile(r'<img alt="([^"]*)" src="/anhang/(\d{1,9})"')
HEAD = 16  # bytes that tell an image


@dataclass(frozen=True)
class Received:
    """A file that is stored and in order, before it belongs to anybody."""

    digest: str
    blob_key: str
    size: int
    name: str
    format: str
    width: int | None = None
    height: int | None = None


def receive_file(source: IO[bytes], filename: str) -> Received:
    """Look at the file and store it; raise Invalid with a sentence, and keep nothing, if refused.

    Touches no row: call it outside a transaction, since a large image takes a second.
    """
    head = source.read(HEAD)
    source.seek(0)
    if not head:
        raise Invalid(_("The file is empty. Please check that it was saved completely."))
    if pictures.image_format(head):
        return _receive_image(source, filename)
    return _receive_other(source, filename)


def _receive_image(source: IO[bytes], filename: str) -> Received:
    content = source.read(IMAGE_BYTES + 1)
    if len(content) > IMAGE_BYTES:
        raise Invalid(_too_large(IMAGE_BYTES))
    picture = pictures.redraw(content)
    blob = storage.store(BytesIO(picture.content))
    return Received(
        digest=hashlib.sha256(content).hexdigest(),
        blob_key=blob.key,
        size=blob.size,
        name=safe_name(filename, picture.format),
        format=picture.format,
        width=picture.width,
        height=picture.height,
    )


def _receive_other(source: IO[bytes], filename: str) -> Received:
    try:
        blob = storage.store(source, limit=FILE_BYTES)
    except storage.TooLarge as error:
        raise Invalid(_too_large(FILE_BYTES)) from error
    try:
        found = file_format(storage.blob_path(blob.key), filename)
    except Invalid:
        storage.delete_unused(blob.key)
        raise
    return Received(blob.key, blob.key, blob.size, safe_name(filename, found), found)


def _too_large(limit: int) -> str:
    return _(
        "The file is larger than %(limit)s MB. Please make it smaller; long documents belong into "
        "the library.",
        limit=limit // MB,
    )


def safe_name(filename: str, ending: str) -> str:
    """Give a name that can be shown and saved: no path, no signs that turn the text around."""
    name = re.split(r"[/\\]", filename)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    stem = " ".join(Path(name).stem.translate(str.maketrans("", "", '<>:"|?*[]()`')).split())
    stem = stem.strip(". ") or ("Bild" if ending in pictures.MIME else "Datei")
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"


def keep_attachment(actor: Any, received: Received) -> Attachment:
    """Note whose file it is; the same file sent again by the same person is the same attachment.

    The own account's row is locked first, so that a second sending waits for the first.
    """
    take_own_turn(actor)
    known = db.session.scalar(
        db.select(Attachment).filter_by(uploader_id=actor.id, digest=received.digest)
    )
    if known is not None:
        known.updated = now()  # its week begins again
        return known
    if _sent_today(actor) + received.size > DAY_BYTES:
        storage.delete_unused(received.blob_key)
        raise Invalid(
            _(
                "You have uploaded more than %(limit)s MB within a day. Please go on tomorrow; "
                "your text is kept.",
                limit=DAY_BYTES // MB,
            )
        )
    attachment = Attachment(uploader_id=actor.id, **vars(received))
    db.session.add(attachment)
    db.session.flush()
    return attachment


def _sent_today(actor: Any) -> int:
    statement = db.select(func.coalesce(func.sum(Attachment.size), 0)).where(
        Attachment.uploader_id == actor.id, Attachment.created > now() - timedelta(days=1)
    )
    return db.session.scalars(statement).one()


def bind_attachments(post: Post, writer_id: int | None = None) -> None:
    """Bind the writer's uploads that the text shows to the post, and give images their size.

    Without a writer nothing is added. What an earlier text showed stays bound, since the post's
    history still shows it.
    """
    shown = _numbers(SHOWN, post.html)
    bound = _bound_to(post)
    if writer_id is not None:
        added = _newly_shown(post, writer_id, set(shown) - bound)
        _bind(post, added)
        bound |= set(added)
    if shown:
        _give_sizes(post, bound)


def _newly_shown(post: Post, writer_id: int, ids: Iterable[int]) -> list[int]:
    """List the writer's uploads that she herself put into the text.

    Not what an earlier text of the post or somebody's quoted words name without showing it: else
    whoever writes the number of a file into a text gets it as soon as its owner edits or quotes it.
    """
    uploads = _uploads_of(writer_id, ids)
    if not uploads:
        return []
    quoted = {int(number) for number in QUOTED.findall(post.html)[:MOST_SHOWN]}
    quoted.add(post.reply_to_id or 0)
    of_others = Post.author_id.is_distinct_from(writer_id)
    texts = [
        *db.session.scalars(db.select(PostRevision.html).where(PostRevision.post_id == post.id)),
        *db.session.scalars(db.select(Post.html).where(Post.id.in_(quoted), of_others)),
    ]
    named = {int(number) for text in texts for number in SHOWN.findall(text)}
    return [number for number in uploads if number not in named]


def _numbers(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(number) for number in pattern.findall(text)))[:MOST_SHOWN]


def _bound_to(post: Post) -> set[int]:
    statement = db.select(post_attachment.c.attachment_id).where(
        post_attachment.c.post_id == post.id
    )
    return set(db.session.scalars(statement))


def _uploads_of(writer_id: int, ids: Iterable[int]) -> Sequence[int]:
    ids = sorted(ids)
    if not ids:
        return []
    statement = db.select(Attachment.id).where(
        Attachment.id.in_(ids), Attachment.uploader_id == writer_id
    )
    return db.session.scalars(statement).all()


def _bind(post: Post, ids: Sequence[int]) -> None:
    if ids:
        rows = [{"post_id": post.id, "attachment_id": number} for number in ids]
        db.session.execute(insert(post_attachment), rows)


def _give_sizes(post: Post, ids: set[int]) -> None:
    """Write width and height into the images, so that a page does not jump while it loads."""
    images = {
        attachment.id: attachment
        for attachment in db.session.scalars(db.select(Attachment).where(Attachment.id.in_(ids)))
        if attachment.is_image
    }

    def sized(match: re.Match[str]) -> str:
        image = images.get(int(match[2]))
        size = f' width="{image.width}" height="{image.height}"' if image else ""
        return f"{match[0]}{size}"

    html = IMAGE.sub(sized, post.html)
    if html != post.html:
        post.html = html


def undescribed_images(html: str, source: str) -> list[int]:
    """List the images of a rendered text that have neither a description nor the mark for none.

    ``![-](/anhang/1)`` says that an image is decoration; empty brackets were forgotten.
    """
    empty = {int(number) for alt, number in IMAGE.findall(html) if not alt.strip()}
    marked = {int(n) for n in re.findall(r"!\[\s*[-–]\s*\]\(/anhang/(\d{1,9})\b", source)}
    return sorted(empty - marked)


def markdown_of(attachment: Attachment, alt: str = "") -> str:
    """Write what shows the attachment in a text."""
    if attachment.is_image:
        return f"![{described(alt)}]({attachment.path})"
    return f"[{attachment.name} ({readable_size(attachment.size)})]({attachment.path})"


def described(alt: str) -> str:
    """Give a description as it can stand between the brackets of Markdown."""
    return " ".join(alt.replace("[", "(").replace("]", ")").replace("\\", "/").split())


def readable_size(size: int) -> str:
    """Say a size as people in Germany read it: ``1,2 MB``, ``34 kB``."""
    if size >= MB:
        return f"{size / MB:.1f} MB".replace(".", ",")
    return f"{max(1, round(size / 1024))} kB"


def describe_image(body: str, number: int, alt: str) -> str:
    """Put the description of an image into the text, wherever the text shows it."""
    pattern = re.compile(rf"!\[[^\[\]]*\]\(/anhang/{number}\)")
    return pattern.sub(lambda _match: f"![{described(alt)}](/anhang/{number})", body)


def release_attachments(post: Post) -> None:
    """Unbind everything from a post whose words are gone; what nothing else shows goes nightly."""
    ids = _bound_to(post)
    db.session.execute(delete(post_attachment).where(post_attachment.c.post_id == post.id))
    db.session.flush()
    if ids:
        left = db.select(Attachment).where(Attachment.id.in_(ids), ~_is_shown())
        for attachment in db.session.scalars(left):
            attachment.updated = now() - UNBOUND_FOR  # nobody waits for it


def _is_shown() -> ColumnElement[bool]:
    return exists().where(post_attachment.c.attachment_id == Attachment.id)


def remove_unbound(limit: int) -> list[str]:
    """Delete uploads that no post, draft or held text shows; give the keys of their files.

    The caller commits and then lets ``storage.delete_unused`` look at the keys.
    """
    old = (
        db.select(Attachment)
        .where(~_is_shown(), Attachment.updated <= now() - UNBOUND_FOR)
        .order_by(Attachment.id)
    )
    keys: list[str] = []
    for attachment in db.session.scalars(old):
        if len(keys) >= limit:
            break
        if not (_in_draft(attachment) or is_held(attachment, KEPT)):
            keys.append(attachment.blob_key)
            db.session.delete(attachment)
    db.session.flush()
    return keys


def _in_draft(attachment: Attachment) -> bool:
    drafts = db.select(Draft.body).where(
        Draft.user_id == attachment.uploader_id, Draft.body.contains(attachment.path)
    )
    return any(attachment.id in _numbers(WRITTEN, body) for body in db.session.scalars(drafts))


def pass_attachments(giver: Any, taker: Any, body: str) -> str:
    """Give the taker what the giver's text shows, as her own; give the text that shows it so."""
    ids = _uploads_of(giver.id, _numbers(WRITTEN, body))
    for attachment in db.session.scalars(db.select(Attachment).where(Attachment.id.in_(ids))):
        own = _own_copy(taker, attachment)
        body = re.sub(rf"{attachment.path}\b", own.path, body)
    return body


def _own_copy(taker: Any, attachment: Attachment) -> Attachment:
    """Give the taker's attachment of the same content; both are kept in one file."""
    known = db.session.scalar(
        db.select(Attachment).filter_by(uploader_id=taker.id, digest=attachment.digest)
    )
    if known is not None:
        return known
    fields = ("digest", "blob_key", "size", "name", "format", "width", "height")
    copy = Attachment(uploader_id=taker.id, **{n: getattr(attachment, n) for n in fields})
    db.session.add(copy)
    db.session.flush()
    return copy


@storage.user_of_blobs
def uses_blob(key: str) -> bool:
    """Say whether an attachment is kept in the file."""
    found = db.select(Attachment.id).where(Attachment.blob_key == key).limit(1)
    return db.session.scalar(found) is not None
