"""Run the checks of a database, and put right what can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chatstore.storage.backend import Check, Examined, Writing
from chatstore.storage.checks.finding import Finding, problem, skipped
from chatstore.storage.errors import StorageError


def examine(
    subject: Examined,
    checks: Sequence[Check],
    *,
    writing: Writing | None = None,
    begins: Callable[[str], None] = lambda _name: None,
) -> Iterator[Finding]:
    """Each check's finding. With `writing`, what is wrong is put right where nothing can be lost by that, and
    looked at again. `begins` is told each check's name before it runs.

    Nothing is removed from a database in which something is damaged: what seems to be left over there may be
    all that is left."""
    damaged: list[str] | None = None
    for check in checks:
        if check.slow and not subject.deep:
            continue
        begins(check.name)
        found = _run(check.run, subject)
        if writing is not None and check.repair is not None and not found.well:
            if check.removes and damaged is None:
                damaged = _damaged(checks, subject, begins)
            if check.removes and damaged:
                first = " and ".join(damaged)
                found = replace(found, advice=f"nothing is removed because of {first}: see to that first")
            else:
                found = _repaired(check, subject, writing, found)
        yield replace(found, check=check.name)


def _damaged(checks: Sequence[Check], subject: Examined, begins: Callable[[str], None]) -> list[str]:
    """The names of the checks by which the database is not whole."""
    found = []
    for check in checks:
        if check.ground is not None:
            begins(check.name)
            if _run(check.ground, subject).state == "problem":
                found.append(check.name)
    return found


def _run(run: Callable[[Examined], Finding], subject: Examined) -> Finding:
    try:
        return run(subject)
    except (StorageError, OSError) as error:
        if subject.older:  # it may lack a column that the check needs
            return skipped("not looked at, because an earlier version has written it")
        return problem(
            f"it could not be looked at: {error}",
            "if the file is damaged, restore the newest backup that is whole (chatstore restore FILE)",
        )


def _repaired(check: Check, subject: Examined, writing: Writing, found: Finding) -> Finding:
    assert check.repair is not None
    try:
        did = check.repair(subject, writing)
    except (StorageError, OSError) as error:
        return replace(found, repaired=f"nothing: {error}")
    return replace(_run(check.run, subject), repaired=did) if did else found
