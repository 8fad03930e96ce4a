"""Session: all that a protocol sees of the chat."""

from chatstore.chat.session.session import Session
from chatstore.chat.session.state import Chat, Receiver, Unit

__all__ = ["Chat", "Receiver", "Session", "Unit"]
