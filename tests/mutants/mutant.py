"""One change of the source, and the test that has to fail by it."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """In `file`, below chatstore/, `old` becomes `new`; it is there once. `what`: a sentence for the table in
    docs/mutants.md. `test`: below tests/, as pytest names it."""

    name: str
    what: str
    file: str
    old: str
    new: str
    test: str

    @property
    def test_file(self) -> str:
        return self.test.partition("::")[0]

    @property
    def test_name(self) -> str:
        """The function, without its class and parameters."""
        return self.test.rpartition("::")[2].partition("[")[0]
