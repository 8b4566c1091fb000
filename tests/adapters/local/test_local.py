"""Mails on the own disk: stable UIDs, nothing written into the source, nothing read outside of it."""

from __future__ import annotations

import logging
import mailbox as stdlib
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.adapters.local import files, folders
from mailflow.adapters.local.folders import FolderMailbox, MaildirMailbox, MboxMailbox, name_uids
from mailflow.domain.errors import PermanentError, TemporaryError
from mailflow.domain.model import RawMessage
from mailflow.domain.ports import Mailbox, Oversize
from tests.adapters.imap.samples import mail


@pytest.fixture(autouse=True)
def _old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "YOUNG", 0.0)


def _raws(box: Any) -> list[bytes]:
    return [message.raw for listing in box.listing() for message in box.fetch(listing, listing.uids)]


def _snapshot(path: Path) -> dict[str, tuple[int, int]]:
    return {
        str(file): (file.stat().st_mtime_ns, file.stat().st_size) for file in [path, *path.rglob("*")] if file.exists()
    }


def _maildir(path: Path) -> Path:
    for part in ("new", "cur", "tmp"):
        (path / part).mkdir(parents=True)
    return path


# ------------------------------------------------------------------------------------------------------------ a folder


def test_a_folder_of_eml_files(tmp_path: Path) -> None:
    for name, number in (("2-b.eml", 2), ("10-a.EML", 10), ("1-c.eml", 1), ("投诉.eml", 99)):
        (tmp_path / name).write_bytes(mail(number))
    (tmp_path / "notes.txt").write_text("no mail")
    (tmp_path / ".hidden.eml").write_bytes(mail(5))
    (tmp_path / "sub.eml").mkdir()
    before = _snapshot(tmp_path)
    box: Mailbox = FolderMailbox("old", tmp_path)
    (listing,) = box.listing()
    assert list(listing.uids) == sorted(listing.uids)
    assert [m.raw for m in box.fetch(listing, listing.uids) if isinstance(m, RawMessage)] == [
        mail(n) for n in (1, 2, 10, 99)
    ]
    box.mark_done(listing, listing.uids)
    box.close()
    assert _snapshot(tmp_path) == before
    again = FolderMailbox("old", tmp_path)
    assert again.listing() == [listing]
    assert [m.place.uid for m in FolderMailbox("old", tmp_path).fetch(listing, listing.uids[1:2])] == [listing.uids[1]]  # type: ignore[union-attr]


def test_a_new_file_leaves_the_other_uids_alone(tmp_path: Path) -> None:
    (tmp_path / "5.eml").write_bytes(mail(5))
    box = FolderMailbox("old", tmp_path)
    (five,) = box.listing()[0].uids
    (tmp_path / "3.eml").write_bytes(mail(3))
    assert box.listing()[0].uids[1] == five
    (tmp_path / "5.eml").unlink()
    (listing,) = box.listing()
    assert [m.raw for m in box.fetch(listing, [five, *listing.uids]) if isinstance(m, RawMessage)] == [mail(3)]


@given(st.sets(st.text(min_size=1, max_size=12), max_size=30))
def test_uids_are_distinct_lasting_and_fit_the_ledger(names: set[str]) -> None:
    found = name_uids({name: Path(name) for name in names})
    assert len(found) == len(names)
    assert all(0 < uid < 1 << 63 for uid in found)
    for uid, path in found.items():
        assert name_uids({str(path): path}).get(uid, path) == path


def test_two_names_with_one_uid_both_get_a_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_name_uid", lambda name: 7)
    both = name_uids({"a": Path("a"), "b": Path("b")})
    assert set(both.values()) == {Path("a"), Path("b")}
    assert min(both) > 1 << 61


def test_links_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(mail(66))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.eml").symlink_to(secret)
    (folder / "2.eml").write_bytes(mail(2))
    os.mkfifo(folder / "3.eml")
    box = FolderMailbox("old", folder)
    (listing,) = box.listing()
    assert _raws(box) == [mail(2)]
    (folder / "2.eml").unlink()
    (folder / "2.eml").symlink_to(secret)  # swapped after the listing
    assert list(box.fetch(listing, listing.uids)) == []


def test_an_unreadable_file_is_logged_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "投诉电机.eml").write_bytes(mail(1))
    (tmp_path / "2.eml").write_bytes(mail(2))
    real = os.open

    def refuse(path: Any, *rest: Any) -> int:
        if "投诉" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr(os, "open", refuse)
    with caplog.at_level(logging.WARNING):
        assert _raws(FolderMailbox("old", tmp_path)) == [mail(2)]
    assert "Permission denied" in caplog.text
    assert "投诉" not in caplog.text


def test_a_file_still_growing_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "YOUNG", 5.0)
    (tmp_path / "1.eml").write_bytes(mail(1))
    growing = tmp_path / "2.eml"
    growing.write_bytes(b"half")
    done = threading.Event()

    def copy() -> None:
        while not done.wait(0.01):
            with growing.open("ab") as file:
                file.write(b"more")

    thread = threading.Thread(target=copy)
    thread.start()
    time.sleep(0.05)
    box = FolderMailbox("old", tmp_path)
    assert _raws(box) == [mail(1)]
    done.set()
    thread.join()
    assert len(_raws(box)) == 2


@pytest.mark.parametrize("kind", [FolderMailbox, MaildirMailbox, MboxMailbox])
def test_a_source_that_is_not_there(tmp_path: Path, kind: Callable[[str, Path], Mailbox]) -> None:
    with pytest.raises(PermanentError) as caught:
        kind("old", tmp_path / "nowhere").listing()
    assert caught.value.remedy


@pytest.mark.parametrize("kind", ["folder", "maildir", "mbox"])
def test_large_mails_are_copied_to_the_spool(tmp_path: Path, kind: str) -> None:
    large = mail(1, b"y" * 3_000_000 + b"\r\n>From me\r\n")
    box: Mailbox
    if kind == "mbox":
        path = tmp_path / "box"
        path.write_bytes(b"From a@b Mon Jan  1 10:00:00 2026\r\n" + large.replace(b">From", b">>From") + b"\r\n")
        box = MboxMailbox("old", path, max_bytes=1000, spool_dir=tmp_path / "spool")
    elif kind == "maildir":
        (_maildir(tmp_path / "md") / "new/1767225600.M1.host").write_bytes(large)
        box = MaildirMailbox("old", tmp_path / "md", max_bytes=1000, spool_dir=tmp_path / "spool")
    else:
        (tmp_path / "1.eml").write_bytes(large)
        box = FolderMailbox("old", tmp_path, max_bytes=1000, spool_dir=tmp_path / "spool")
    (listing,) = box.listing()
    (got,) = box.fetch(listing, listing.uids)
    assert isinstance(got, Oversize)
    assert got.path.parent == tmp_path / "spool"
    assert got.path.read_bytes() == large
    assert got.size == len(large)
    assert got.message.raw == large[: large.index(b"\r\n\r\n") + 4]
    (tmp_path / "file").touch()
    broken = FolderMailbox("old", tmp_path, max_bytes=1000, spool_dir=tmp_path / "file")
    if kind == "folder":
        with pytest.raises(TemporaryError):
            list(broken.fetch(listing, listing.uids))


def test_waiting_ends_when_a_file_comes_or_a_stop(tmp_path: Path) -> None:
    stop = threading.Event()
    box = FolderMailbox("old", tmp_path, stop=stop)
    started = time.monotonic()
    timer = threading.Timer(0.2, lambda: (tmp_path / "1.eml").write_bytes(mail(1)))
    timer.start()
    box.wait(20)
    assert time.monotonic() - started < 4
    stop.set()
    box.wait(20)
    assert time.monotonic() - started < 5
    timer.join()


# ------------------------------------------------------------------------------------------------------------- Maildir


def test_a_maildir_keeps_its_flags_and_uids(tmp_path: Path) -> None:
    path = _maildir(tmp_path / "md")
    (path / "new/1767225600.M1.host").write_bytes(mail(1))
    (path / "cur/1767225500.M1.host:2,RS").write_bytes(mail(2))
    os.utime(path / "new/1767225600.M1.host", (1767225600, 1767225600))
    (path / "tmp/1767225700.M1.host").write_bytes(b"half")
    box = MaildirMailbox("md", path, after="flag")
    (listing,) = box.listing()
    first, second = box.fetch(listing, listing.uids)
    assert isinstance(second, RawMessage)
    assert (first.raw, second.raw) == (mail(2), mail(1))  # type: ignore[union-attr]
    assert second.received_at == datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(2):
        box.mark_done(listing, [*listing.uids, 12345])
    assert sorted(entry.name for entry in (path / "cur").iterdir()) == [
        "1767225500.M1.host:2,RS",
        "1767225600.M1.host:2,",
    ]
    assert box.listing() == [listing]
    assert MaildirMailbox("md", path).listing() == [listing]


def test_a_maildir_is_not_touched_unless_wanted(tmp_path: Path) -> None:
    path = _maildir(tmp_path / "md")
    (path / "new/1.M1.host").write_bytes(mail(1))
    before = _snapshot(path)
    box = MaildirMailbox("md", path)
    (listing,) = box.listing()
    box.mark_done(listing, listing.uids)
    assert _raws(box) == [mail(1)]
    assert _snapshot(path) == before


def test_a_colleague_reads_a_mail_in_between(tmp_path: Path) -> None:
    path = _maildir(tmp_path / "md")
    for number in range(3):
        (path / f"new/176722560{number}.M1.host").write_bytes(mail(number))
    box = MaildirMailbox("md", path, after="flag")
    (listing,) = box.listing()
    (path / "new/1767225601.M1.host").rename(path / "cur/1767225601.M1.host:2,S")
    (path / "new/1767225602.M1.host").unlink()
    assert [m.raw for m in box.fetch(listing, listing.uids) if isinstance(m, RawMessage)] == [mail(0), mail(1)]
    box.mark_done(listing, listing.uids)
    assert (path / "cur/1767225601.M1.host:2,S").exists()


def test_a_maildir_whose_cur_is_a_link(tmp_path: Path) -> None:
    path = _maildir(tmp_path / "md")
    (path / "cur").rmdir()
    (path / "cur").symlink_to(tmp_path)
    with pytest.raises(PermanentError, match="symbolic link"):
        MaildirMailbox("md", path).listing()


# ---------------------------------------------------------------------------------------------------------------- mbox


def _mbox(path: Path, *raws: bytes) -> Path:
    path.write_bytes(b"".join(b"From a@b Mon Jan  1 10:00:00 2026\n" + raw + b"\n" for raw in raws))
    return path


def test_an_mbox_is_taken_apart_and_unquoted(tmp_path: Path) -> None:
    body = b"Subject: x\n\n>From here on\n>>From there\n> From a quote\n\nFrom me, no separator\nend\n"
    path = _mbox(tmp_path / "box", b"Subject: 1\n\none\n", body, b"Subject: 3\n\n")
    box = MboxMailbox("mb", path)
    (listing,) = box.listing()
    assert list(listing.uids) == sorted(listing.uids)
    assert _raws(box) == [
        b"Subject: 1\n\none\n",
        b"Subject: x\n\nFrom here on\n>From there\n> From a quote\n\nFrom me, no separator\nend\n",
        b"Subject: 3\n\n",
    ]
    box.mark_done(listing, listing.uids)
    box.wait(0.01)
    box.close()


def test_crlf_and_no_empty_line_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "box"
    separator = b"From - Mon Jan 01 10:00:00 2026\r\n"
    path.write_bytes(separator + mail(1) + b"\r\n" + separator + mail(2))
    assert _raws(MboxMailbox("mb", path)) == [mail(1), mail(2)]


def test_appending_keeps_uids_and_removing_gives_new_ones(tmp_path: Path) -> None:
    raws = [b"Subject: %d\n\nbody\n" % n for n in range(4)]
    path = _mbox(tmp_path / "box", *raws[:3])
    box = MboxMailbox("mb", path)
    (before,) = box.listing()
    _mbox(path, *raws)
    (grown,) = box.listing()
    assert grown.uids[:3] == before.uids
    _mbox(path, raws[0], raws[2], raws[3])
    (shrunk,) = box.listing()
    assert shrunk.uids[0] == before.uids[0]
    assert not set(shrunk.uids[1:]) & set(grown.uids)
    assert [m.raw for m in box.fetch(grown, grown.uids) if isinstance(m, RawMessage)] == [raws[0]]
    assert all(uid < 1 << 63 for uid in grown.uids)


def test_what_is_no_mbox(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(b"")
    assert _raws(MboxMailbox("mb", path)) == []
    path.write_bytes(b"Subject: a mail\n\n")
    with pytest.raises(PermanentError, match="not an mbox"):
        MboxMailbox("mb", path).listing()


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_what_the_standard_library_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("mbox") / "box"
    written = stdlib.mbox(path)
    for body in bodies:
        written.add(b"Subject: x\n\n" + body.replace(b"\r", b"") + b"\n")
    written.close()
    got = _raws(MboxMailbox("mb", path))
    assert len(got) == len(bodies)
    assert all(raw.startswith(b"Subject: x\n") for raw in got)


def test_the_last_mail_waits_while_the_file_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _mbox(tmp_path / "box", b"Subject: 1\n\none\n", b"Subject: 2\n\ntwo\n")
    box = MboxMailbox("mb", path)
    monkeypatch.setattr("mailflow.adapters.local.mbox.still_growing", lambda paths: set(paths))
    assert len(box.listing()[0].uids) == 1
    monkeypatch.setattr("mailflow.adapters.local.mbox.still_growing", lambda paths: set())
    assert len(box.listing()[0].uids) == 2
