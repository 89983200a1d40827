"""Files under the hash of their content: the same file is kept once, no name is trusted.

A file is written beside its place, flushed to disk and then renamed, so that a reader never
sees half of one and a crash leaves only a temporary file behind.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from flask import current_app

from kts.core.clock import now
from kts.core.tasks import nightly

CHUNK = 1024 * 1024
INCOMING = "incoming-"
GIVEN_UP_AFTER = timedelta(days=1)  # no upload takes as long


class TooLarge(Exception):
    """The file is larger than allowed; nothing of it was kept."""


@dataclass(frozen=True)
class Blob:
    """A stored file: ``key`` is its SHA-256 in hex, ``size`` its bytes."""

    key: str
    size: int


def root() -> Path:
    """Give the folder of all blobs."""
    return current_app.config["KTS"].files


def store(source: IO[bytes], *, limit: int | None = None) -> Blob:
    """Keep the rest of the stream and give its key; raise TooLarge beyond ``limit`` bytes."""
    folder = root()
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=folder, prefix=INCOMING)
    try:
        with os.fdopen(handle, "wb") as target:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if limit is not None and size > limit:
                    raise TooLarge
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        final = blob_path(digest.hexdigest())
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(name, final)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Blob(digest.hexdigest(), size)


def blob_path(key: str) -> Path:
    """Give where the blob lies; the key must be a hash, so no path can be smuggled in."""
    if len(key) != 64 or not all(c in "0123456789abcdef" for c in key):
        raise ValueError("not a storage key")
    return root() / key[:2] / key


def open_blob(key: str) -> IO[bytes]:
    """Open the blob for reading; raise FileNotFoundError where it is missing."""
    return blob_path(key).open("rb")


def exists(key: str) -> bool:
    """Say whether the blob is there."""
    return blob_path(key).is_file()


USERS: list[Callable[[str], bool]] = []


def user_of_blobs(uses: Callable[[str], bool]) -> Callable[[str], bool]:
    """Let a feature say whether it still uses a blob; the same content may belong to several."""
    USERS.append(uses)
    return uses


def delete_unused(key: str) -> None:
    """Remove the blob unless a feature says that it uses it; asked after its row was flushed."""
    if not any(uses(key) for uses in USERS):
        delete_blob(key)


def delete_blob(key: str) -> None:
    """Remove the blob; a missing one is no error."""
    blob_path(key).unlink(missing_ok=True)


@nightly
def remove_unfinished() -> None:
    """Remove what uploads left behind whose process was killed."""
    for path in root().glob(f"{INCOMING}*"):
        if path.stat().st_mtime < (now() - GIVEN_UP_AFTER).timestamp():
            path.unlink(missing_ok=True)


def all_keys() -> Iterator[str]:
    """Walk the keys of all stored blobs."""
    for folder in sorted(root().glob("??")):
        for path in sorted(folder.iterdir()):
            yield path.name
