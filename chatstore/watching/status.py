"""The state of a running server as one value, which `chatstore status` shows and the page has, too."""

from __future__ import annotations

import json
import os
import time
from http import HTTPStatus
from typing import Any

from chatstore.net.http import Request, Response, plain_response
from chatstore.storage.figures import Histogram
from chatstore.watching.figures import Figures, Moment
from chatstore.watching.metrics import Metrics

MINUTES = (1, 5, 15)
_MOST_PEOPLE = 200


def status(figures: Figures) -> dict[str, Any]:
    """The state, as JSON has it. Times are seconds since 1970 UTC, sizes bytes, rates a second. Never blocks
    for long."""
    now, moment, store = time.time(), figures.moment(), figures.store
    counts = figures.chat.hub.user_counts.counts()
    people = sorted(figures.chat.hub.user_counts.online(), key=lambda person: person.nick.lower())
    return {
        "version": figures.version,
        "process": os.getpid(),
        "node": store.node,
        "started": round(figures.started, 3),
        "uptime": round(now - figures.started, 3),
        "database": {
            "name": store.place.name,
            "bytes": figures.sizes.database if figures.sizes else None,
            "log_bytes": figures.sizes.log if figures.sizes else None,
            "free_bytes": figures.sizes.free if figures.sizes else None,
            "index_behind": store.index_behind,
            "backup": figures.backup(),
            "leads": store.leads,
        },
        "healthy": figures.healthy(),
        "ready": figures.ready(),
        "warnings": [warning._asdict() for warning in figures.warnings.list()],
        "endpoints": {
            name: {
                "address": list(acceptor.address),
                "connections": acceptor.count,
                "accepted": acceptor.figures.accepted,
                "refused": dict(acceptor.figures.refused),
                "too_slow": acceptor.figures.too_slow,
                "waiting_bytes": acceptor.waiting,
            }
            for name, acceptor in figures.acceptors.items()
        },
        "people": {
            "here": counts.here,
            "online": counts.online,
            "most_here": counts.most_here,
            "nicks": [person.nick for person in people[:_MOST_PEOPLE]],
        },
        "rooms": figures.chat.hub.room_count,
        "rates": {str(minutes): _rates(moment, figures.since(minutes)) for minutes in MINUTES},
        "writer": {
            "queue": store.queued,
            "messages": store.figures.messages,
            "commits": moment.commits,
            "commit_seconds": {
                "p50": _quantile(store.figures.commits, 0.5),
                "p99": _quantile(store.figures.commits, 0.99),
            },
        },
        "pools": {
            name: {"threads": pool.threads, "busy": pool.running, "waiting": pool.waiting, "refused": pool.refused}
            for name, pool in figures.pools.items()
        },
        "certificate": figures.certificate(),
    }


class StatusPage:
    """Answers the requests at the local socket: /status and /metrics."""

    def __init__(self, figures: Figures, metrics: Metrics) -> None:
        self._figures = figures
        self._metrics = metrics

    def answer(self, request: Request) -> Response:
        path = request.path
        if request.method != "GET":
            return plain_response(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET")
        if path == "/status":
            body = json.dumps(status(self._figures), ensure_ascii=False).encode() + b"\n"
            return Response(HTTPStatus.OK, {"Content-Type": "application/json"}, body)
        if path == "/metrics":
            self._metrics.write()
            return self._metrics.answer(request)
        return plain_response(HTTPStatus.NOT_FOUND, "there are /status and /metrics")


def _rates(now: Moment, before: Moment) -> dict[str, float | None]:
    """What has happened between two moments: how much a second; of commits, the milliseconds that one took."""
    seconds = max(now.at - before.at, 0.001)
    commits = now.commits - before.commits
    spent = now.commit_seconds - before.commit_seconds
    return {
        "seconds": round(seconds, 1),
        "messages": round((now.messages - before.messages) / seconds, 3),
        "deliveries": round((now.deliveries - before.deliveries) / seconds, 3),
        "logins": round((now.logins - before.logins) / seconds, 3),
        "refusals": round((now.refusals - before.refusals) / seconds, 3),
        "commit_ms": round(1000 * spent / commits, 3) if commits else None,
    }


def _quantile(histogram: Histogram, part: float) -> float | None:
    """The bound that so great a part of the values does not exceed; None if there are none, or it is beyond
    the last bound."""
    counts = histogram.cumulated()
    wanted = part * counts[-1]
    reached = (bound for bound, count in zip(histogram.bounds, counts, strict=False) if count >= wanted)
    return next(reached, None) if counts[-1] else None
