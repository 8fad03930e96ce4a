"""Writes the OpenAPI file of the HTTP API, docs/api/openapi.json, or prints it:

python -m tools.openapi [FILE]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from chatstore.api.api import OPERATIONS
from chatstore.api.openapi import document


def text() -> str:
    return json.dumps(document(OPERATIONS), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())


if __name__ == "__main__":
    main()
