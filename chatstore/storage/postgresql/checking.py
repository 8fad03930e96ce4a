"""The checks of a PostgreSQL database. Those of its rows are in checks/rows.py."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chatstore.amounts import counted
from chatstore.storage.backend import Check, Examined
from chatstore.storage.checks import rows
from chatstore.storage.checks.finding import Finding, ok, problem, skipped, some, warning
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql import lexemes

_CHECKSUMS = """
    SELECT current_setting('data_checksums'), coalesce(checksum_failures, 0)
    FROM pg_stat_database WHERE datname = current_database()
"""
_INVALID = "SELECT CAST(CAST(indexrelid AS regclass) AS text) FROM pg_index WHERE NOT indisvalid"
_AMCHECK = (
    "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'amcheck'"
)
_DAMAGE = ("XX001", "XX002")
"""data_corrupted and index_corrupted (PostgreSQL's documentation, appendix A)."""
_GRANT = (
    "a superuser may run GRANT EXECUTE ON FUNCTION {schema}.bt_index_check(regclass, boolean) TO its role in psql"
)
_INDEXES = """
    SELECT i.oid, i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_am a ON a.oid = i.relam JOIN pg_class t ON t.oid = x.indrelid
    WHERE a.amname = 'btree' AND x.indisvalid AND t.relnamespace = CAST(current_schema() AS regnamespace)
    ORDER BY i.relname
"""
_CONSTRAINTS = """
    SELECT conname FROM pg_constraint
    WHERE NOT convalidated AND connamespace = CAST(current_schema() AS regnamespace)
"""
_FILES = "the storage of the PostgreSQL server is failing: look at its log, and restore a dump on sound storage"
_RANGE = "SELECT format, first, upto FROM message_word_range WHERE id = 1"
_BEHIND = 5_000
_DEAD = """
    SELECT relname, n_dead_tup, n_live_tup FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_dead_tup > 50000 AND n_dead_tup > n_live_tup / 2
"""
_AGE = "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()"
_OLD = 1_500_000_000
"""Transactions since the oldest row was frozen: PostgreSQL stops at two billion (its documentation, 25.1.5)."""


def integrity(subject: Examined) -> Finding:
    """What PostgreSQL itself knows of damage; with --deep every index, by its extension amcheck."""
    with subject.reading() as connection:
        checksums, failures = connection.execute(text(_CHECKSUMS)).one()
        invalid = connection.execute(text(_INVALID)).scalars().all()
        amcheck = connection.execute(text(_AMCHECK)).scalar()
        if failures:
            return problem(f"{counted(failures, 'page')} had a wrong checksum when they were read", _FILES)
        if invalid:
            return problem(
                f"indexes that can't be used: {some(invalid)}", f"run REINDEX INDEX {invalid[0]} in psql"
            )
        if not subject.deep:
            return ok(f"no damage was seen (data_checksums = {checksums})")
        if amcheck is None:
            return ok("no damage was seen; for a check of every index run CREATE EXTENSION amcheck in psql")
        for id_, name in connection.execute(text(_INDEXES)).all():
            try:
                with connection.begin_nested():
                    connection.execute(text(f"SELECT {amcheck}.bt_index_check(:id, true)"), {"id": id_})
            except DBAPIError as error:
                why = str(error.orig).partition("\n")[0]
                if getattr(error.orig, "sqlstate", "") in _DAMAGE:
                    return problem(f"the index {name}: {why}", f"run REINDEX INDEX {name} in psql; {_FILES}")
                return skipped(f"the indexes could not be looked at ({why}): {_GRANT.format(schema=amcheck)}")
    return ok("every index is whole")


def whole(subject: Examined) -> Finding:
    """The same, always with every index where amcheck is there: what is missing in one seems to be gone."""
    return integrity(replace(subject, deep=True))


def constraints(subject: Examined) -> Finding:
    """Whether PostgreSQL checks what rows refer to."""
    with subject.reading() as connection:
        found = connection.execute(text(_CONSTRAINTS)).scalars().all()
    if found:
        name = found[0]
        return problem(f"not checked: {some(found)}", f"run ALTER TABLE … VALIDATE CONSTRAINT {name} in psql")
    return ok("PostgreSQL keeps them")


def safety(subject: Examined) -> Finding:
    """Whether what is committed stays when power fails."""
    if why := subject.place.unsafe():
        return problem(f"the database {why}", "change that in postgresql.conf; a server refuses such a database")
    try:
        subject.place.prepare()
    except StorageError as error:
        return problem(str(error).removeprefix(f"{subject.place.name} "), "chatstore can't use it as it is")
    return ok("fsync and full_page_writes are on")


def servers(subject: Examined) -> Finding:
    """Whether the servers of the database are heard, and agree."""
    found = [one for one in subject.place.nodes() or () if one.kind == "server"]
    if dead := [one.name.partition(",")[0] for one in found if not one.alive]:
        return warning(f"silent: {some(dead)}", "see chatstore nodes; a server that is dead is started again")
    if len({one.policy for one in found}) > 1:
        return warning(
            "they have different [accounts], [rooms], [history] or [limits]",
            "see chatstore nodes; give all servers the same settings, and reload them",
        )
    if len(versions := Counter(one.version for one in found)) > 1:
        return ok(f"{counted(len(found), 'server')}, of the versions {', '.join(sorted(versions))}")
    return ok(counted(len(found), "server"))


def index(subject: Examined) -> Finding:
    """The index of words for searches."""
    if subject.older:
        return skipped("the next start brings the tables to this version first")
    with subject.reading() as connection:
        found = connection.execute(text(_RANGE)).one_or_none()
        last = connection.execute(text("SELECT coalesce(max(id), 0) FROM messages")).scalar_one()
        first = connection.execute(text("SELECT coalesce(min(id), 1) FROM messages")).scalar_one()
    if found is None or found.format != lexemes.FORMAT:
        return ok("none of this version yet: the server that leads makes it")
    behind = max(0, last + 1 - found.upto) + max(0, min(found.first, last + 1) - first)
    if behind > _BEHIND and subject.served:
        return warning(
            f"{counted(behind, 'event')} behind: searches read these one by one",
            "wait, and look again; a transaction that somebody left open keeps it waiting (pg_stat_activity)",
        )
    return ok(f"{counted(behind, 'event')} behind" if behind else "every message is in it")


def vacuum(subject: Examined) -> Finding:
    """Whether PostgreSQL cleans up: what was erased stays in its files until then."""
    with subject.reading() as connection:
        [age] = connection.execute(text(_AGE)).scalars()
        dead = connection.execute(text(_DEAD)).all()
    if age > _OLD:
        return problem(f"{age:,} transactions since the last freeze", "run vacuumdb --freeze now")
    if dead:
        return warning(
            f"old rows, with what was erased, in {some([row.relname for row in dead])}",
            "run vacuumdb --analyze; autovacuum may be off, or a transaction was left open (pg_stat_activity)",
        )
    return ok("autovacuum keeps up")


def version(subject: Examined) -> Finding:
    """The version of the PostgreSQL server; prepare() refuses what is too old."""
    with subject.reading() as connection:
        return ok(f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar_one()}")


CHECKS = (
    Check("integrity", integrity, ground=whole),
    Check("tables", rows.whole_schema, ground=rows.whole_schema),
    Check("members", rows.members, rows.repair_members, removes=True),
    Check("references", constraints, ground=constraints),
    Check("numbers", rows.seqs, ground=rows.seqs),
    Check("times", rows.times, rows.repair_times),
    Check("clock", rows.clock),
    Check("reactions", rows.reactions, rows.repair_reactions, removes=True),
    Check("tags", rows.tags, slow=True),
    Check("uploads", rows.uploads),
    Check("search index", index),
    Check("safety", safety),
    Check("servers", servers),
    Check("vacuum", vacuum),
    Check("postgresql", version),
)
