"""Metadata of users and rooms (METADATA), and METADATA lines about their changes."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability
from chatstore.irc.metadata import capability_value

CAPABILITY = Capability(
    "draft/metadata-2",
    "IRCv3 draft/metadata-2",
    value=capability_value,
    switch="metadata_2",
    excludes="draft/metadata-3",
)
