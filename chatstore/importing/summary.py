"""What became of an import, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chatstore.importing.source import Problem, Skipped


@dataclass
class RoomSummary:
    """A room: what it is called there (nothing for a direct conversation) and here (several names,
    comma-separated, if its talk went into more than one), and how many messages were stored."""

    there: str
    here: str = ""
    private: bool = False
    stored: int = 0


@dataclass
class AttachmentSummary:
    """Attachments of messages that were not imported before. `taken`: those that are files here, with so many
    `bytes`; `missing`: those that the export does not have; `unwanted`: those that it has, where none are taken;
    `refused` by reason."""

    taken: int = 0
    bytes: int = 0
    missing: int = 0
    unwanted: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass
class Summary:
    """Counts. `read`: messages that the source has. `known`: those that an earlier run has stored. `moved`:
    those whose time had to be moved behind the one before. `people`: placeholders that were made. `mapped`:
    people of whom an account has what they said. `unknown`: what was named and is not there, in sentences."""

    read: int = 0
    stored: int = 0
    known: int = 0
    reactions: int = 0
    unanswered: int = 0
    moved: int = 0
    people: int = 0
    mapped: int = 0
    lost: int = 0
    unknown: Sequence[str] = ()
    problems: int = 0
    attachments: AttachmentSummary = field(default_factory=AttachmentSummary)
    skipped: Counter[str] = field(default_factory=Counter)
    rooms: dict[str, RoomSummary] = field(default_factory=dict)
    tell: Callable[[Problem], None] = lambda _problem: None

    @property
    def nothing(self) -> bool:
        """Whether the source has said nothing at all."""
        return not (self.read or self.rooms or self.skipped or self.problems)

    def problem(self, problem: Problem) -> None:
        self.problems += 1
        self.lost += problem.lost
        self.tell(problem)

    def skip(self, skipped: Skipped, number: int = 1) -> None:
        self.skipped[skipped.what] += number
