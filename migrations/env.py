"""Alembic's entry point: chatstore.storage.migrate runs it on its own connection, and the alembic command can
run it, too."""

from __future__ import annotations

from alembic import context

from chatstore.storage import backends
from chatstore.storage.engine import open_engine
from chatstore.storage.schema import metadata


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        context.run_migrations()
        return
    engine = open_engine(context.config.get_main_option("sqlalchemy.url") or "", readers=1)
    with backends.named(engine.dialect.name).place(engine).migrating() as own:
        context.configure(connection=own, target_metadata=metadata, render_as_batch=True)
        context.run_migrations()


run()
