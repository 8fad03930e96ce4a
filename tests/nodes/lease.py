"""How long a node may be silent in these tests. Those of a real one would make the tests wait for minutes."""

from __future__ import annotations

LEASE = 3.0
SETTINGS: dict[str, str] = {
    "FAULTS_LEASE": str(LEASE),
    "CHATSTORE_ACCOUNTS_GUESTS": "true",
    "CHATSTORE_ACCOUNTS_REGISTRATION": "open",
    "CHATSTORE_LIMITS_JOINS_AT_ONCE": "0",
    "CHATSTORE_LIMITS_QUESTIONS_PER_SECOND": "0.0",
    "CHATSTORE_LIMITS_CONNECTIONS_PER_ADDRESS": "0",
    "CHATSTORE_LIMITS_ROOMS_MADE_PER_HOUR": "0",
}
