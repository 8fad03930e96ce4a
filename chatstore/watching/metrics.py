"""/metrics: the figures in Prometheus' text format, which `prometheus-client` writes.

The parts of the server count for themselves, and a collector reads that. To look at 10,000 connections and open
files takes milliseconds, in which the I/O thread would serve nobody. So a thread of its own writes the text every
few seconds, and a scrape gets what is written. docs/monitoring.md has the table of all metrics, and
tests/watching/test_metrics.py holds it complete.

Spec: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
"""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from chatstore.net.http import Request, Response, plain_response
from chatstore.storage.figures import Histogram
from chatstore.watching.figures import Figures

_HEADERS = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store, no-transform"}


log = logging.getLogger(__name__)

WRITE_SECONDS = 5.0
"""Seconds after which the text is written again."""


class Metrics:
    """Answers the requests of the metrics endpoint in the I/O thread, with the text that was written last."""

    def __init__(self, figures: Figures) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(FiguresCollector(figures))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._text = b""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        """Write the text now, and again and again."""
        self.write()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def write(self) -> None:
        """Write the text that scrapes get from now on. Any thread but the I/O thread: it takes milliseconds."""
        self._text = generate_latest(self._registry)

    def answer(self, request: Request) -> Response:
        """The metrics, for GET /metrics. It does not block."""
        if request.method not in ("GET", "HEAD"):
            return plain_response(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET, HEAD")
        if request.path != "/metrics":
            return plain_response(HTTPStatus.NOT_FOUND, "the metrics are at /metrics")
        return Response(HTTPStatus.OK, _HEADERS, self._text)

    def _run(self) -> None:
        while not self._stopped.wait(WRITE_SECONDS):
            try:
                self.write()
            except Exception:
                log.exception("the metrics can't be written", {"event": "metrics-failed"})


class FiguresCollector(Collector):
    """Reads the figures."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from self._server()
        yield from self._connections()
        yield from self._people()
        yield from self._messages()
        yield from self._files()
        yield from self._api()
        yield from self._work()
        yield from self._push()
        yield from self._webhooks()
        yield from self._database()

    def _server(self) -> Iterator[Metric]:
        figures = self._figures
        info = {"version": figures.version, "python": platform.python_version(), "database": figures.database}
        yield _labelled("chatstore_info", "The server: always 1.", tuple(info), [(tuple(info.values()), 1)])
        yield _gauge("chatstore_start_time_seconds", "When the server started.", figures.started)
        yield _gauge("chatstore_healthy", "Whether messages can be stored: as /healthz.", figures.healthy())
        yield _gauge("chatstore_ready", "Whether clients should come here: as /readyz.", figures.ready())
        standing = [((warning.key,), warning.since) for warning in figures.warnings.list()]
        text = "Since when each warning stands."
        yield _labelled("chatstore_warning_since_seconds", text, ("warning",), standing)
        yield _gauge("chatstore_warnings", "How many warnings stand.", len(standing))
        if (expires := figures.certificate()) is not None:
            yield _gauge("chatstore_certificate_expiry_time_seconds", "When the certificate expires.", expires)
        yield _count("chatstore_backups_failed", "Scheduled backups that failed.", figures.backups_failed())
        if interval := figures.backup_interval():
            text = "Seconds from one backup of the server to the next ([backup] every)."
            yield _gauge("chatstore_backup_interval_seconds", text, interval)
        if (made := figures.backup()) is not None:
            yield _gauge("chatstore_backup_time_seconds", "When the last backup was made.", made)

    def _connections(self) -> Iterator[Metric]:
        acceptors = [((name,), acceptor) for name, acceptor in self._figures.acceptors.items()]
        label = ("endpoint",)

        def by_endpoint(of: Callable[[Any], float]) -> Iterable[tuple[Sequence[str], float]]:
            return [(names, of(acceptor)) for names, acceptor in acceptors]

        text = "Open connections."
        yield _labelled("chatstore_connections", text, label, by_endpoint(lambda one: one.count))
        text = "Connections that were accepted."
        yield _counted("chatstore_connections_accepted", text, label, by_endpoint(lambda one: one.figures.accepted))
        refused = [
            ((*names, reason), count)
            for names, acceptor in acceptors
            for reason, count in acceptor.figures.refused.items()
        ]
        text = "Connections that were refused."
        yield _counted("chatstore_connections_refused", text, ("endpoint", "reason"), refused)
        text = "Connections that were closed because the client did not keep up."
        yield _counted("chatstore_slow_clients_closed", text, label, by_endpoint(lambda one: one.figures.too_slow))
        text = "Bytes that wait to be sent."
        yield _labelled("chatstore_outbox_bytes", text, label, by_endpoint(lambda one: one.waiting))

    def _people(self) -> Iterator[Metric]:
        chat = self._figures.chat
        counts = chat.hub.user_counts.counts()
        yield _gauge("chatstore_people_here", "People with a connection to this server.", counts.here)
        yield _gauge("chatstore_people_online", "People with a connection to any server.", counts.online)
        yield _gauge("chatstore_rooms", "Rooms.", chat.hub.room_count)
        counted = chat.logins.counts.all()
        succeeded = [((way,), count) for (way, refused), count in counted.items() if not refused]
        failed = [((way, refused), count) for (way, refused), count in counted.items() if refused]
        yield _counted("chatstore_logins", "Logins that succeeded.", ("way",), succeeded)
        yield _counted("chatstore_logins_refused", "Logins that were refused.", ("way", "reason"), failed)

    def _messages(self) -> Iterator[Metric]:
        figures = self._figures.store.figures
        yield _count(
            "chatstore_messages",
            "What people said and this server stored: messages, notices, reactions, redactions.",
            figures.messages,
        )
        yield _count("chatstore_events", "Events stored by this server, messages included.", figures.events)
        text = "Connections that messages were for, in all."
        yield _count("chatstore_deliveries", text, self._figures.chat.hub.deliveries)

    def _files(self) -> Iterator[Metric]:
        counts, sizes = self._figures.chat.reservations, self._figures.sizes
        yield _count("chatstore_uploads", "Uploads that became files.", counts.finished)
        yield _count("chatstore_uploaded_bytes", "Their bytes.", counts.finished_bytes)
        refused = [((code,), count) for code, count in [*counts.refused.items()]]
        yield _counted("chatstore_uploads_refused", "Uploads that were refused.", ("reason",), refused)
        if sizes is not None and sizes.files_free is not None:
            yield _gauge("chatstore_files_bytes", "Size of the contents of all files.", sizes.files)
            yield _gauge("chatstore_files_free_bytes", "Free on the disk of the contents.", sizes.files_free)

    def _api(self) -> Iterator[Metric]:
        requests = [
            ((operation, status), count) for (operation, status), count in self._figures.api_requests().items()
        ]
        text = "Requests to the HTTP API that were answered."
        yield _counted("chatstore_api_requests", text, ("operation", "status"), requests)
        answered = [*self._figures.http_requests().items()]
        text = "Requests that were answered at the web endpoints."
        yield _counted("chatstore_http_requests", text, ("route", "method", "status"), answered)
        streams, sent = self._figures.api_streams()
        yield _gauge("chatstore_api_streams", "Open streams of live events.", streams)
        yield _count("chatstore_api_events_sent", "Events that were sent to streams, in all.", sent)

    def _work(self) -> Iterator[Metric]:
        store, pools = self._figures.store, self._figures.pools.items()
        yield _histogram("chatstore_commit_seconds", "How long commits took.", store.figures.commits)
        yield _histogram("chatstore_batch_units", "How much was committed at once.", store.figures.batches)
        yield _count("chatstore_batches_refused", "Batches that could not be stored.", store.figures.refused)
        yield _gauge("chatstore_writer_queue", "Jobs that wait for the writer.", store.queued)
        label = ("pool",)
        yield _labelled("chatstore_workers", "Threads.", label, [((name,), pool.threads) for name, pool in pools])
        text = "Threads that run a job."
        yield _labelled("chatstore_workers_busy", text, label, [((name,), pool.running) for name, pool in pools])
        text = "Jobs that wait for a thread."
        yield _labelled("chatstore_jobs_waiting", text, label, [((name,), pool.waiting) for name, pool in pools])
        text = "Jobs that were refused because too many waited."
        yield _counted("chatstore_jobs_refused", text, label, [((name,), pool.refused) for name, pool in pools])

    def _push(self) -> Iterator[Metric]:
        counts = self._figures.push()
        if not counts:
            return
        yield _count("chatstore_push_sent", "Messages that push services have taken.", counts["sent"])
        text = "Requests to push services that failed; they are tried again."
        yield _count("chatstore_push_failed", text, counts["failed"])
        yield _count("chatstore_push_dropped", "Messages for push that were given up.", counts["dropped"])
        yield _count("chatstore_push_ended", "Subscriptions that push services know no more.", counts["ended"])
        yield _gauge("chatstore_push_waiting", "Messages that wait for push services.", counts["waiting"])
        yield _gauge("chatstore_push_services_failing", "Push services that don't answer.", counts["resting"])

    def _webhooks(self) -> Iterator[Metric]:
        counts = self._figures.webhooks()
        if not counts:
            return
        text = "Requests to incoming webhooks, by what became of them."
        results = [((result,), counts[result]) for result in ("posted", "ignored", "refused", "slowed")]
        yield _counted("chatstore_webhooks_received", text, ["result"], results)
        yield _count("chatstore_webhooks_sent", "Messages that outgoing webhooks have sent.", counts["sent"])
        text = "Requests of outgoing webhooks that failed; they are tried again."
        yield _count("chatstore_webhooks_failed", text, counts["failed"])
        text = "Messages that the receivers of webhooks have refused again and again."
        yield _count("chatstore_webhooks_given_up", text, counts["given_up"])
        yield _count("chatstore_webhooks_switched_off", "Webhooks that failed too long.", counts["switched_off"])
        yield _gauge("chatstore_webhooks_failing", "Webhooks whose receiver is in trouble.", counts["failing"])

    def _database(self) -> Iterator[Metric]:
        store, sizes = self._figures.store, self._figures.sizes
        yield _gauge("chatstore_leads", "Whether this server does what one does for all.", store.leads)
        if (behind := store.index_behind) is not None:
            yield _gauge("chatstore_search_index_behind", "Messages that the search index lacks.", behind)
        if sizes is not None:
            yield _gauge("chatstore_database_bytes", "Size of the database with its log.", sizes.database)
            yield _gauge("chatstore_wal_bytes", "Size of the write-ahead log.", sizes.log)
            if sizes.free is not None:
                yield _gauge("chatstore_disk_free_bytes", "Free on the database's disk.", sizes.free)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value)


def _count(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value)


def _labelled(name: str, text: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=labels)
    for names, value in values:
        metric.add_metric(names, value)
    return metric


def _counted(name: str, text: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    metric = CounterMetricFamily(name, text, labels=labels)
    for names, value in values:
        metric.add_metric(names, value)
    return metric


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    total, counts = histogram.total, histogram.cumulated()
    bounds = [*(str(float(bound)) for bound in histogram.bounds), "+Inf"]
    return HistogramMetricFamily(name, text, buckets=list(zip(bounds, counts, strict=True)), sum_value=total)
