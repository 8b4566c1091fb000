"""From every earlier schema to the newest one, on either database, with the rows kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from mailflow.adapters.sql import tables as t
from mailflow.adapters.sql.engine import MIGRATIONS, migrate, writing
from mailflow.adapters.sql.lists import Lists
from mailflow.domain.errors import PermanentError
from tests.adapters.sql.stores import BOTH, Store

pytestmark = BOTH

REVISIONS = ["", *sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))]
AT = "2026-03-02T01:30:00.000000Z"
FIRST_ROWS = (
    "INSERT INTO customers (number, company, company_key, created_at) VALUES ('KH-00001', '华信', '华信', :at)",
    "INSERT INTO contacts (customer_id, address, first_seen) SELECT id, 'li@huaxin.example', :at FROM customers",
    "INSERT INTO cases (number, customer_id, kind, status, subject, opened_at, changed_at)"
    " SELECT 'TS-2026-0001', id, 'complaint', 'open', '短少', :at, :at FROM customers",
    "INSERT INTO messages (mailbox, folder, uidvalidity, uid, digest, size, collected_at, status, case_id)"
    " SELECT 'm', 'INBOX', 1, 1, 'd', 10, :at, 'handled', id FROM cases",
    "INSERT INTO records (number, form, form_version, title, case_id, digest, file_name, retention_years, issued_at)"
    " SELECT 'JL-1', 'JL', 'A/0', '单', id, 'e', 'x.docx', 3, :at FROM cases",
)


def bring_to(engine: sa.Engine, revision: str) -> None:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine).connect() as connection, connection.begin():
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_schema_becomes_exactly_the_tables_the_program_uses(tmp_path: Path, store: Store, revision: str) -> None:
    engine = store.engine(tmp_path)
    if revision:
        bring_to(engine, revision)
    migrate(engine)
    migrate(engine)  # nothing is left to do
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, t.metadata) == []
    engine.dispose()


def test_the_rows_of_the_first_schema_are_kept_and_get_what_is_new(tmp_path: Path, store: Store) -> None:
    engine = store.engine(tmp_path)
    bring_to(engine, "0001")
    with writing(engine).begin() as connection:
        for statement in FIRST_ROWS:
            connection.execute(sa.text(statement), {"at": AT})
    migrate(engine)
    case = Lists(engine, tmp_path).case("TS-2026-0001")
    assert case is not None
    assert (case["round"], case["channel"], case["procedure"], case["intake"]) == (1, "mail", "", "{}")
    assert case["closed_at"] is None
    assert [(contact["confirmed"], contact["claimed"]) for contact in case["contacts"]] == [(True, False)]
    assert case["opened_by"] == ""  # its first mail named no sender
    assert [record["fields"] for record in case["records"]] == ["{}"]
    with engine.connect() as connection:
        row = connection.execute(sa.select(t.messages)).one()
        assert (row.released, row.history, row.marked) == (False, False, False)
        assert row.trust == ""  # nobody looked at it then
        assert connection.scalar(sa.select(t.customers.c.changed)) == 3  # its archive learns what is new
    engine.dispose()


def test_contacts_keep_how_sure_they_were_and_a_case_learns_whose_mail_opened_it(tmp_path: Path, store: Store) -> None:
    engine = store.engine(tmp_path)
    bring_to(engine, "0004")
    mail = (
        "INSERT INTO messages (mailbox, folder, uidvalidity, uid, digest, size, collected_at, status, kind, sender,"
        " case_id) SELECT 'm', 'INBOX', 1, {}, '{}', 10, :at, '{}', '{}', '{}', id FROM cases"
    )
    more = (
        mail.format(2, "a", "aside", "bounce", "eve@evil.example"),
        mail.format(3, "b", "handled", "staff_reply", "bai@firm.example"),
        mail.format(4, "c", "handled", "complaint", "li@huaxin.example"),
        mail.format(5, "e", "handled", "complaint", "sun@huaxin.example"),
        "UPDATE messages SET status = 'aside' WHERE digest = 'd'",
        "INSERT INTO contacts (customer_id, address, first_seen, confirmed)"
        " SELECT id, 'zhao@qq.com', :at, FALSE FROM customers",
    )
    with writing(engine).begin() as connection:
        for statement in (*FIRST_ROWS, *more):
            connection.execute(sa.text(statement), {"at": AT})
    migrate(engine)
    with engine.connect() as connection:
        query = sa.select(t.contacts.c.address, t.contacts.c.confirmed, t.contacts.c.claimed)
        found = {address: (confirmed, claimed) for address, confirmed, claimed in connection.execute(query)}
        assert found == {"li@huaxin.example": (True, False), "zhao@qq.com": (False, True)}
        assert connection.scalar(sa.select(t.cases.c.opened_by)) == "li@huaxin.example"
    engine.dispose()


@pytest.mark.parametrize(("before", "after"), [(0, "0"), (1, "1")])
def test_whether_there_was_a_mail_server_is_noted_among_the_marks_and_not_the_counters(
    tmp_path: Path, store: Store, before: int, after: str
) -> None:
    engine = store.engine(tmp_path)
    bring_to(engine, "0009")
    with writing(engine).begin() as connection:
        rows = [{"name": "smtp.configured", "value": before}, {"name": "case:TS:2026", "value": 7}]
        connection.execute(sa.insert(t.counters), rows)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(sa.select(t.marks.c.name, t.marks.c.value)).all() == [("smtp.configured", after)]
        assert connection.execute(sa.select(t.counters.c.name)).all() == [("case:TS:2026",)]
    engine.dispose()


Rows = dict[str, list[dict[str, Any]]]


def fill(connection: sa.Connection) -> tuple[Rows, sa.MetaData]:
    """Put two rows into every table of the schema that stands, each pointing at a row of the tables it refers to."""
    schema = sa.MetaData()
    schema.reflect(connection)
    for table in schema.sorted_tables:
        if table.name == "alembic_version":
            continue
        for number in (1, 2):
            connection.execute(table.insert().values({c.name: _value(c, number) for c in table.columns}))
    return content(connection, schema), schema


def _value(column: sa.Column[Any], number: int) -> Any:
    if column.foreign_keys or isinstance(column.type, sa.Integer):
        return number
    if isinstance(column.type, sa.LargeBinary):
        return b"raw %d" % number
    if isinstance(column.type, sa.Boolean):
        return number == 1
    if isinstance(column.type, sa.Numeric | sa.Float):
        return number / 2
    return AT if column.name.endswith("_at") or column.name == "at" else f"{column.name} {number}"[: _length(column)]


def _length(column: sa.Column[Any]) -> int:
    return getattr(column.type, "length", None) or 100


def content(connection: sa.Connection, schema: sa.MetaData) -> Rows:
    """Every row of these tables, in order, as far as the columns of ``schema`` go."""
    rows = {}
    for table in schema.sorted_tables:
        if table.name != "alembic_version":
            found = connection.execute(sa.select(table).order_by(*table.columns)).mappings()
            rows[table.name] = [dict(row) for row in found]
    return rows


CHANGED_BY_A_MIGRATION = {("customers", "changed")}  # its archive learns what is new


def without(rows: Rows) -> Rows:
    return {
        table: [{k: v for k, v in row.items() if (table, k) not in CHANGED_BY_A_MIGRATION} for row in found]
        for table, found in rows.items()
    }


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_a_ledger_full_of_rows_keeps_every_one_whatever_schema_it_comes_from(
    tmp_path: Path, store: Store, revision: str
) -> None:
    engine = store.engine(tmp_path)
    bring_to(engine, revision)
    with writing(engine).begin() as connection:
        before, old = fill(connection)
    migrate(engine)
    with engine.connect() as connection:
        assert without(content(connection, old)) == without(before)
        if engine.dialect.name == "sqlite":
            assert not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    engine.dispose()


COLUMN_CHANGED = """
revision, down_revision = "9001", {head!r}

def upgrade():
    from alembic import op
    import sqlalchemy as sa
    with op.batch_alter_table("customers") as batch:
        batch.alter_column("company", existing_type=sa.String(400), nullable=True)
    {more}
"""


def scripts_with(folder: Path, more: str = "") -> Path:
    """The migrations, and one more that changes a column of a table to which others refer."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9001_column.py").write_text(COLUMN_CHANGED.format(head=REVISIONS[-1], more=more))
    return folder


def test_a_column_changes_in_a_table_to_which_rows_refer(tmp_path: Path, store: Store) -> None:
    engine = store.engine(tmp_path)
    migrate(engine)
    with writing(engine).begin() as connection:
        before, schema = fill(connection)
    migrate(engine, scripts_with(tmp_path / "scripts"))
    with engine.connect() as connection:
        assert content(connection, schema) == before
        optional = {column["name"]: column["nullable"] for column in sa.inspect(connection).get_columns("customers")}
        assert optional["company"]
    with writing(engine).begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(t.customers.delete())  # references are checked again
    engine.dispose()


def test_a_migration_that_loses_rows_others_refer_to_changes_nothing(tmp_path: Path, store: Store) -> None:
    engine = store.engine(tmp_path)
    migrate(engine)
    with writing(engine).begin() as connection:
        before, schema = fill(connection)
    careless = scripts_with(tmp_path / "scripts", more='op.execute("DELETE FROM customers WHERE id = 1")')
    with pytest.raises((PermanentError, sa.exc.IntegrityError), match="customers"):
        migrate(engine, careless)
    with engine.connect() as connection:
        assert content(connection, schema) == before
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]
    engine.dispose()


def test_a_ledger_of_a_newer_program_is_refused(tmp_path: Path, store: Store) -> None:
    engine = store.engine(tmp_path)
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num='9999'")
        connection.commit()
    with pytest.raises(PermanentError, match="newer than this program"):
        migrate(engine)
    engine.dispose()
