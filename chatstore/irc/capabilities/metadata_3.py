"""METADATA in its newer form: changes come as numerics 761 and 766, errors with their new codes."""

from __future__ import annotations

from chatstore.irc.capabilities import Capability
from chatstore.irc.metadata import capability_value

CAPABILITY = Capability(
    "draft/metadata-3",
    "IRCv3 draft/metadata-3",
    value=capability_value,
    switch="metadata_3",
    excludes="draft/metadata-2",
)
