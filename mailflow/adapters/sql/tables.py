"""The ledger's tables.  One row is one fact; a row's ``status`` is the queue (no other queue exists).

Times are UTC, stored as ISO text with microseconds through ``columns.Instant``, so that both
databases and people reading the file see the same.  The journal is append-only and hash-chained.
"""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.adapters.sql.columns import Instant as Instant
from mailflow.adapters.sql.columns import id_column as _id
from mailflow.adapters.sql.columns import metadata as metadata

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    sa.Column("mailbox", sa.String(100), nullable=False),
    sa.Column("folder", sa.String(255), nullable=False),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("arrived_at", Instant),  # INTERNALDATE, what the server says
    sa.Column("collected_at", Instant, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False, server_default=""),
    sa.Column("reason", sa.String(60), nullable=False, server_default=""),  # of exclusion or hold: a stable word
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("message_id", sa.String(255), nullable=False, server_default=""),
    sa.Column("sender", sa.String(320), nullable=False, server_default=""),
    sa.Column("subject", sa.String(500), nullable=False, server_default=""),
    sa.Column("received_at", Instant),
    sa.Column("answers", sa.String(255), nullable=False, server_default=""),  # the Message-ID in In-Reply-To
    sa.Column("text_digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("trust", sa.String(20), nullable=False, server_default=""),  # in its sender; unknown until it was read
    sa.Column("attachments", sa.Integer),  # how many files it carries; unknown until it was read
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Instant),
    sa.Column("released", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("history", sa.Boolean, nullable=False, server_default=sa.false()),  # imported: filed, never answered
    sa.Column("finished_at", Instant),
    sa.Column("marked", sa.Boolean, nullable=False, server_default=sa.false()),  # colleagues told (flag or move)
    sa.UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),
    sa.Index("ix_messages_digest", "digest"),
    sa.Index("ix_messages_message_id", "message_id"),
    sa.Index("ix_messages_answers", "answers"),
    sa.Index("ix_messages_case_id", "case_id"),
    sa.Index("ix_messages_text_digest", "sender", "text_digest"),
    sa.Index("ix_messages_status_id", "status", "id"),
)

folders = sa.Table(
    "folders",
    metadata,
    sa.Column("mailbox", sa.String(100), primary_key=True),
    sa.Column("folder", sa.String(255), primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("checked_at", Instant),
    sa.Column("present", sa.Integer, nullable=False, server_default="0"),
    sa.Column("handled", sa.Integer, nullable=False, server_default="0"),
    sa.Column("aside", sa.Integer, nullable=False, server_default="0"),
    sa.Column("held", sa.Integer, nullable=False, server_default="0"),
    sa.Column("waiting", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unknown", sa.Integer, nullable=False, server_default="0"),
    sa.Column("read_to", sa.BigInteger),  # of a folder of sent mail: nothing up to this UID is looked at again
    sa.Column("since", Instant),  # mail received before it is old; empty: all is taken
    sa.Column("first_uidvalidity", sa.BigInteger),  # when the folder was first looked into
    sa.Column("old", sa.Integer, nullable=False, server_default="0"),
)

old_mails = sa.Table(  # counted, not taken in
    "old_mails",
    metadata,
    sa.Column("mailbox", sa.String(100), primary_key=True),
    sa.Column("folder", sa.String(255), primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True),
    sa.Column("received_at", Instant),
)

marks = sa.Table(  # single facts about the office: name and value
    "marks",
    metadata,
    sa.Column("name", sa.String(150), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

unfetched = sa.Table(
    "unfetched",
    metadata,
    sa.Column("mailbox", sa.String(100), primary_key=True),
    sa.Column("folder", sa.String(255), primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True),
    sa.Column("why", sa.String(20), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("first_at", Instant, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
)

customers = sa.Table(
    "customers",
    metadata,
    _id(),
    sa.Column("number", sa.String(60), nullable=False, unique=True),
    sa.Column("company", sa.String(255), nullable=False, server_default=""),
    sa.Column("company_key", sa.String(255), nullable=False, server_default=""),
    sa.Column("created_at", Instant, nullable=False),
    # The archive is behind while archived < changed; both only grow.
    sa.Column("changed", sa.Integer, nullable=False, server_default="1"),
    sa.Column("archived", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_customers_company_key", "company_key"),
)
sa.Index("ix_customers_behind", customers.c.id, sqlite_where=sa.text("archived < changed"),
         postgresql_where=sa.text("archived < changed"))  # fmt: skip

contacts = sa.Table(
    "contacts",
    metadata,
    _id(),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("address", sa.String(320), nullable=False, unique=True),
    sa.Column("domain", sa.String(255), nullable=False, server_default=""),
    sa.Column("name", sa.String(255), nullable=False, server_default=""),
    sa.Column("phone", sa.String(255), nullable=False, server_default=""),
    sa.Column("first_seen", Instant, nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False, server_default=sa.true()),  # proven to be this customer's
    # Nothing but the company's name leads to this customer: it joins no case but those it opened itself.
    sa.Column("claimed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("unreachable_at", Instant),  # a hard bounce said so
    sa.Index("ix_contacts_customer_id", "customer_id"),
    sa.Index("ix_contacts_domain", "domain"),
)

cases = sa.Table(
    "cases",
    metadata,
    _id(),
    sa.Column("number", sa.String(60), nullable=False, unique=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("language", sa.String(10), nullable=False, server_default="zh"),
    sa.Column("subject", sa.String(500), nullable=False, server_default=""),
    sa.Column("severity", sa.String(20), nullable=False, server_default=""),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("round", sa.Integer, nullable=False, server_default="1"),  # grows when the case is opened again
    sa.Column("channel", sa.String(20), nullable=False, server_default="mail"),
    sa.Column("subkinds", sa.String(200), nullable=False, server_default=""),
    sa.Column("procedure", sa.String(64), nullable=False, server_default=""),  # digest of the one it runs by
    sa.Column("intake", sa.Text, nullable=False, server_default="{}"),  # JSON: the printed fields of its first mail
    sa.Column("closed_at", Instant),
    sa.Column("opened_by", sa.String(320), nullable=False, server_default=""),  # the address whose mail opened it
    sa.Column("successor_id", sa.Integer),  # the case that goes on in its place, since a person said so
    sa.Column("priority", sa.String(10), nullable=False, server_default=""),  # 特急, 紧急, 一般; empty: nothing said
    sa.Index("ix_cases_successor_id", "successor_id"),
    sa.Index("ix_cases_customer_id", "customer_id"),
    sa.Index("ix_cases_opened_at", "opened_at"),
)

findings = sa.Table(
    "findings",
    metadata,
    _id(),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("field", sa.String(30), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("source", sa.String(300), nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("rule", sa.String(100), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Index("ix_findings_case_id", "case_id"),
    sa.Index("ix_findings_message_id", "message_id"),
)

# Where earlier cases of the same goods are looked for; the condition keeps long texts out of the index.
TRAIT_FIELDS = ("batch_no", "model", "product")
TRAITS = f"field IN {TRAIT_FIELDS}"
LONGEST_TRAIT = 500  # characters; PostgreSQL takes at most 2704 bytes into an index
sa.Index("ix_findings_traits", findings.c.field, findings.c.value, sqlite_where=sa.text(TRAITS),
         postgresql_where=sa.text(TRAITS))  # fmt: skip

corrections = sa.Table(
    "corrections",
    metadata,
    _id(),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("field", sa.String(30), nullable=False),
    sa.Column("value", sa.Text, nullable=False),  # what a person says; empty: not in the mail
    sa.Column("was", sa.Text, nullable=False),  # what stood there before
    sa.Column("actor", sa.String(320), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("message_id", sa.Integer),  # the mail he said it in
    sa.Index("ix_corrections_case_id", "case_id"),
)

journal = sa.Table(
    "journal",
    metadata,
    _id(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String(320), nullable=False),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("message_id", sa.Integer),
    sa.Column("case_id", sa.Integer),
    sa.Column("data", sa.Text, nullable=False),  # JSON: ids and stable words, never customers' sentences
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_journal_case_id", "case_id"),
    sa.Index("ix_journal_message_id", "message_id"),
)

records = sa.Table(
    "records",
    metadata,
    _id(),
    sa.Column("number", sa.String(80), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
    sa.Column("form", sa.String(40), nullable=False),
    sa.Column("form_version", sa.String(20), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("file_name", sa.String(200), nullable=False),
    sa.Column("retention_years", sa.Integer, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("fields", sa.Text, nullable=False, server_default="{}"),  # JSON: the values it was printed with
    sa.UniqueConstraint("number", "revision"),
    sa.UniqueConstraint("case_id", "form", "revision"),
)

procedures = sa.Table(
    "procedures",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # JSON as it was in force when the first case began by it
    sa.Column("first_used_at", Instant, nullable=False),
)

tasks = sa.Table(
    "tasks",
    metadata,
    _id(),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("role", sa.String(40), nullable=False, server_default=""),
    sa.Column("person", sa.String(320), nullable=False, server_default=""),
    sa.Column("record", sa.Integer, nullable=False, server_default="0"),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("asked_at", Instant),
    sa.Column("done_at", Instant),
    sa.Column("done_by", sa.String(320), nullable=False, server_default=""),
    sa.Column("outcome", sa.String(40), nullable=False, server_default=""),
    sa.Column("step", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", Instant),  # of the reminder ladder
    sa.Column("current", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("gathered_at", Instant),  # told in a digest, before he is asked
    sa.Index("ix_tasks_case_id", "case_id"),
    sa.Index("ix_tasks_status_next", "status", "next_at"),
    sa.Index("ix_tasks_status_due", "status", "due_at"),
    sa.Index("ix_tasks_status_person", "status", "person"),
)
sa.Index("ix_tasks_unasked", tasks.c.id, sqlite_where=sa.text("status = 'open' AND asked_at IS NULL AND person <> ''"),
         postgresql_where=sa.text("status = 'open' AND asked_at IS NULL AND person <> ''"))  # fmt: skip

answers = sa.Table(
    "answers",
    metadata,
    _id(),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("actor", sa.String(320), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Index("ix_answers_case_id", "case_id"),
)

signatures = sa.Table(
    "signatures",
    metadata,
    _id(),
    sa.Column("record_id", sa.Integer, sa.ForeignKey("records.id"), nullable=False),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("task_id", sa.Integer, sa.ForeignKey("tasks.id"), nullable=False),
    sa.Column("cell", sa.String(40), nullable=False),
    sa.Column("person", sa.String(320), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("way", sa.String(10), nullable=False),
    sa.Column("signed_digest", sa.String(64), nullable=False),
    sa.Column("copy_digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("copy_name", sa.String(200), nullable=False, server_default=""),
    sa.Column("copy_pdf", sa.String(64)),  # digest of the copy as PDF; NULL: not looked at yet, "": it gets none
    sa.Column("evidence_digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("evidence_name", sa.String(200), nullable=False, server_default=""),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("current", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("task_id"),  # nothing is signed twice
    sa.Index("ix_signatures_case_id", "case_id"),
    sa.Index("ix_signatures_record_id", "record_id"),
)
sa.Index("ix_signatures_unprinted", signatures.c.id, sqlite_where=sa.text("copy_pdf IS NULL"),
         postgresql_where=sa.text("copy_pdf IS NULL"))  # fmt: skip

promises = sa.Table(
    "promises",
    metadata,
    _id(),
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("approved_by", sa.String(320), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("kept_at", Instant),
    sa.Column("chased_at", Instant),
    sa.Index("ix_promises_case_id", "case_id"),
    sa.Index("ix_promises_kept_due", "kept_at", "due_at"),
)

OUTBOX_STATES = ("pending", "sent", "failed", "parked", "cancelled")
"""``parked`` waits until a person lets it go out; ``cancelled`` was withdrawn by one."""

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    sa.Column("occasion", sa.String(120), nullable=False, unique=True),  # one occasion, one mail
    sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id")),
    sa.Column("mail_id", sa.String(255), nullable=False, unique=True),  # its Message-ID, chosen before the first try
    sa.Column("sender", sa.String(320), nullable=False),
    sa.Column("recipient", sa.String(320), nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),  # one of OUTBOX_STATES
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_attempt_at", Instant, nullable=False),
    sa.Column("last_error", sa.String(300), nullable=False, server_default=""),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    # Whoever sends it now, so that it is neither sent by another nor withdrawn meanwhile.
    sa.Column("claimed_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("claimed_at", Instant),
    sa.Column(
        "copy", sa.String(10), nullable=False, server_default=""
    ),  # in the folder of sent mail: due, kept, refused
    # A letter's Word file becomes a PDF before it leaves: due; made, or why not (word).
    sa.Column("printing", sa.String(10), nullable=False, server_default=""),
    sa.Index("ix_outbox_case_id", "case_id"),
    sa.Index("ix_outbox_status_next", "status", "next_attempt_at"),
    sa.Index("ix_outbox_recipient_created", "recipient", "created_at"),
    sa.Index("ix_outbox_created_at", "created_at"),
)
sa.Index("ix_outbox_unprinted", outbox.c.id, sqlite_where=sa.text("printing = 'due'"),
         postgresql_where=sa.text("printing = 'due'"))  # fmt: skip
sa.Index("ix_outbox_uncopied", outbox.c.id, sqlite_where=sa.text("copy = 'due'"),
         postgresql_where=sa.text("copy = 'due'"))  # fmt: skip

deliveries = sa.Table(
    "deliveries",
    metadata,
    _id(),
    sa.Column("outbox_id", sa.Integer, sa.ForeignKey("outbox.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    # sent, temporary, permanent, bounced, delayed; broken (the line broke), dropped (over this mail alone);
    # resent, released, cancelled (by a person); found (a copy shows that it left before a restore)
    sa.Column("result", sa.String(12), nullable=False),
    sa.Column("code", sa.Integer, nullable=False, server_default="0"),
    sa.Column("words", sa.String(300), nullable=False, server_default=""),
    sa.Index("ix_deliveries_outbox_id", "outbox_id"),
)

duties = sa.Table(
    "duties",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("due_at", Instant, primary_key=True),
    sa.Column("done_at", Instant, nullable=False),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)
