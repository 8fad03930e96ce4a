"""chatstore: the chat server that remembers."""

from importlib.util import find_spec

__version__ = "0.1.0"


def is_compiled() -> bool:
    """Whether this is the compiled build (`hatch_build.py` in the sources), and not the pure one."""
    found = find_spec("chatstore.irc.line")  # one of the compiled modules; this file is none
    return found is not None and found.origin is not None and not found.origin.endswith((".py", ".pyc"))


def version_and_build() -> str:
    """The version as people read it: it says which build this is, if it is not the pure one."""
    return f"{__version__} (compiled)" if is_compiled() else __version__
