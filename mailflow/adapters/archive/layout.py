"""Where a case's files lie in its folder: what counts now on top, everything before and behind it in folders below.

::

    TS-2026-0001/index.html                              the case told in order (see page.py)
                 JL-23-01-2026-0001-r2-signed-3.docx     of each record what counts now: the newest signed copy of its
                 JL-23-01-2026-0001-r2-signed-3.pdf      newest version, or that version as issued
                 往来/000123-original.eml                every mail, as it came and as it went
                 往来/000045-reply.eml
                 附件/000123-NAME                        what was attached to the customers' mails
                 修订/JL-23-01-2026-0001.docx            records as issued that are not on top
                 签字副本/JL-23-01-2026-0001-signed-1.docx   signed copies that are not on top
                 签字凭据/JL-23-01-2026-0001-signed-1-back.pdf   what signatures came by
    其他来信/往来/000124-original.eml                    mails that ask for nothing, beside the cases
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailflow.adapters.sql.dossier import Dossier, Row

MAILS, ATTACHED, REVISIONS, COPIES, EVIDENCE = "往来", "附件", "修订", "签字副本", "签字凭据"
"""The folders below a case's; the names are the glossary's."""

FOLDERS = frozenset((MAILS, ATTACHED, REVISIONS, COPIES, EVIDENCE))
KEPT = "其他来信"
"""The folder beside the cases' for mails that ask for nothing, with folders below it as a case's."""

FORMERLY = "attachments"
"""What the folder of attachments was called in format 2, when everything else lay on top."""


@dataclass(frozen=True, slots=True)
class OnTop:
    """The rows whose files lie on top of their case's folder: records as issued, signatures by their copies."""

    records: frozenset[int]
    signatures: frozenset[int]

    def record(self, row: Row) -> str:
        """The folder (empty: on top) of a record as issued."""
        return "" if row["id"] in self.records else REVISIONS

    def copy(self, row: Row) -> str:
        """The folder of a signature's copy, Word and PDF."""
        return "" if row["id"] in self.signatures else COPIES


def on_top(dossier: Dossier) -> OnTop:
    """What counts now of each record: the newest signed copy of its newest version, else that version as issued."""
    newest: dict[str, Row] = {}
    for row in dossier.records:
        known = newest.get(row["number"])
        if known is None or known["revision"] < row["revision"]:
            newest[row["number"]] = row
    issued = {row["id"] for row in newest.values()}
    signed: dict[int, int] = {}  # the last one by row, which is the last one given
    for row in dossier.signatures:
        if row["current"] and row["copy_digest"] and row["record_id"] in issued:
            signed[row["record_id"]] = row["id"]
    return OnTop(frozenset(issued - signed.keys()), frozenset(signed.values()))


def joined(case_folder: str, below: str, name: str) -> str:
    """A path below the customer's folder, with slashes."""
    return f"{case_folder}/{below}/{name}" if below else f"{case_folder}/{name}"


def is_place(path: str) -> bool:
    """Is this a path that a file of ours may have: in a case's folder, or in one of the folders there?"""
    parts = path.split("/")
    shaped = len(parts) == 2 or (len(parts) == 3 and parts[1] in FOLDERS)
    return shaped and not any(part in ("", ".", "..") or "\\" in part for part in parts)


def was_place(path: str, folders: Mapping[int | None, str]) -> bool:
    """Is it one that a file of ours may have had, also in an earlier format, in one of these cases' folders?"""
    parts = path.split("/")
    shaped = is_place(path) or (len(parts) == 3 and parts[1] == FORMERLY and is_place(f"{parts[0]}/{parts[2]}"))
    return shaped and parts[0] in (KEPT, *folders.values())
