"""`python -m tests.faults.careless_migration DATABASE`: migrates it with a commit after every statement."""

from __future__ import annotations

import sys

from sqlalchemy import event

from chatstore.storage import migrate
from chatstore.storage.engine import open_engine
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.sqlite.backend import place


def main() -> None:
    engine = open_engine(f"sqlite:///{sys.argv[1]}", readers=1)
    sqlite.use_wal(engine)

    @event.listens_for(engine, "after_cursor_execute")
    def commit_each(connection, _cursor, _statement, _parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        driver = connection.connection.dbapi_connection
        if driver.in_transaction and connection.get_execution_options().get("chatstore_writes"):
            driver.execute("COMMIT")
            driver.execute("BEGIN IMMEDIATE")

    with place(engine).migrating() as connection:
        migrate._run_migrations(connection)


if __name__ == "__main__":
    main()
