"""The ledger in SQL: SQLite (default) or PostgreSQL, through SQLAlchemy Core; the schema moves by Alembic."""
