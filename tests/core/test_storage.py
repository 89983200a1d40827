"""Files are kept whole or not at all."""

import io
import os

import pytest

from kts.core import storage


class Breaking(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            raise OSError("the line went dead")
        return super().read(4)


def leftovers():
    return [path for path in storage.root().rglob("*") if path.is_file()]


@pytest.mark.usefixtures("db_session")
def test_the_same_content_is_kept_once():
    first = storage.store(io.BytesIO(b"strategie"))
    second = storage.store(io.BytesIO(b"strategie"))
    assert first == second
    assert len(leftovers()) == 1
    with storage.open_blob(first.key) as file:
        assert file.read() == b"strategie"


@pytest.mark.usefixtures("db_session")
def test_a_file_that_is_too_large_leaves_nothing():
    with pytest.raises(storage.TooLarge):
        storage.store(io.BytesIO(b"x" * 11), limit=10)
    assert leftovers() == []


@pytest.mark.usefixtures("db_session")
def test_a_broken_upload_leaves_nothing():
    with pytest.raises(OSError, match="went dead"):
        storage.store(Breaking(b"strategie"))
    assert leftovers() == []


@pytest.mark.usefixtures("db_session")
@pytest.mark.parametrize("key", ["../../etc/passwd", "", "A" * 64, "g" * 64])
def test_only_hashes_are_keys(key):
    with pytest.raises(ValueError, match="storage key"):
        storage.blob_path(key)


@pytest.mark.usefixtures("db_session")
def test_what_a_killed_upload_left_is_removed_after_a_day():
    storage.store(io.BytesIO(b"fertig"))
    old, new = storage.root() / "incoming-alt", storage.root() / "incoming-neu"
    for path in (old, new):
        path.write_bytes(b"halb")
    os.utime(old, (0, 0))
    storage.remove_unfinished()
    assert not old.exists()
    assert new.exists()
    assert len(list(storage.all_keys())) == 1
