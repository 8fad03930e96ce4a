"""The server: it wires endpoints, protocols, the chat and the database, and starts and stops them in order.

Start: bind the addresses (a busy port must change nothing), open the database, start the writer, then accept
and start the I/O thread. Stop: accept nothing more, handle the lines that were received, tell the clients,
let the writer store what is queued, then end.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import resource
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import partial
from urllib.parse import urljoin

from chatstore import __version__
from chatstore.api.access import Access as HttpAccess
from chatstore.api.api import Api
from chatstore.api.files import FilesDoor
from chatstore.api.previews import picture_route
from chatstore.chat.changes.administration import NoteAct
from chatstore.chat.changes.nodes import RESTARTED, EndTemporaryMembers, ForgetGuests
from chatstore.chat.changes.peace import TellPeaces
from chatstore.chat.changes.push import EnsurePushKey
from chatstore.chat.changes.server_bans import TellServerBans
from chatstore.chat.live.delivery import Delivery
from chatstore.chat.live.hub import Hub
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.audit import AuditQuery
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.events import Published
from chatstore.chat.model.files import FOLDER as FILES
from chatstore.chat.model.push import PushKey
from chatstore.chat.ports import Clock
from chatstore.chat.rules.flood import Flood
from chatstore.chat.session import Chat
from chatstore.chat.session.logins import Logins
from chatstore.config import AT_START, Config, ConfigError, changed, keeping
from chatstore.endpoints import EndpointError, Endpoints
from chatstore.first_start import create_default_rooms
from chatstore.housekeeping import Housekeeping
from chatstore.irc import capabilities, commands, services
from chatstore.irc.protocol import IrcProtocol
from chatstore.irc.server import Access, Gateways, IrcServer, Sts
from chatstore.net.acceptor import Acceptor
from chatstore.net.addresses import is_loopback, shown
from chatstore.net.connection import Connection
from chatstore.net.fan_out import fan_out
from chatstore.net.http.service import THREADS as HTTP_THREADS
from chatstore.net.layers import Peer
from chatstore.net.loop import Loop
from chatstore.net.service_manager import ServiceManager
from chatstore.net.workers import FairWorkers, Workers
from chatstore.plain import commands as plain_commands
from chatstore.plain.client import PlainServer
from chatstore.plain.protocol import PlainProtocol
from chatstore.previews.previewer import Previewer
from chatstore.previews.thumbnails import thumbnail
from chatstore.push.keys import new_key
from chatstore.push.pusher import Pusher
from chatstore.scheduled_backups import Schedule, ScheduledBackups
from chatstore.server_warnings import Warnings
from chatstore.storage.backend import NodeInfo
from chatstore.storage.errors import StorageError
from chatstore.storage.store import DatabaseStore
from chatstore.turns import Pools
from chatstore.urls import Networks
from chatstore.watching.figures import Figures
from chatstore.watching.status import status
from chatstore.watching.watch import Watch
from chatstore.webhooks.outgoing import SENDERS
from chatstore.webhooks.service import Webhooks

log = logging.getLogger("chatstore")

WORKER_THREADS = 8
SEARCH_THREADS = 2
"""Threads for searches. A search may compute for two seconds, so other commands must not wait for it."""
_MAX_JOBS = 20_000
_MAX_SEARCHES = 64
_MAX_PASSWORD_JOBS = 1_000
_SWITCH_INTERVAL = 0.0005
"""Seconds after which a computing thread must let others have the GIL. With Python's default of 5 ms, storing
a batch took 2.5 s."""
_DRAIN_STEP = 0.02
"""Seconds between two looks at how many connections are to be closed."""
_FLUSH_SECONDS = 5.0
"""Seconds that a stopping server gives its clients to take what was sent to them."""
_CERTIFICATE_CHECK_SECONDS = 60.0
"""Seconds between two checks of the certificate's files."""
_NAMED = 3
"""The most rooms that a warning names."""
_AHEAD = 60_000
"""Milliseconds that a room's newest message may be ahead of the clock without a warning at the start."""


_LOOK_SECONDS = 1.0
"""Seconds between two looks at whether the database answers, and at what could not be written about people."""


class StartError(Exception):
    """The server can't start. The message is one line for the operator."""


class Server:
    """One server: start(), then stop(). `failed` is set if it had to stop serving by itself."""

    def __init__(
        self,
        config: Config,
        on_fatal: Callable[[], None] = lambda: None,
        reread: Callable[[], Config] | None = None,
        exposed: Callable[[Config], Sequence[str]] = lambda config: (),
    ) -> None:
        """`on_fatal` is called, in the writer's thread, when the database can't be written safely any more.
        `reread` reads the configuration again for reload(); it raises ConfigError. `exposed`: the secrets that
        others can read, one sentence each; it reads files."""
        self.config = config
        self._exposed = exposed
        self._reread = reread or (lambda: config)
        self._reloading = threading.Lock()
        self.store: DatabaseStore
        self.chat: Chat
        self.failed = threading.Event()
        self.warnings = Warnings()
        self._started = self._draining = self._stopping = False
        self._on_fatal = on_fatal
        self._manager = ServiceManager()
        self._loop = Loop()
        self._endpoints = Endpoints(
            config,
            self._loop,
            self._irc_protocol,
            self._plain_protocol,
            self._down,
            self._unready,
            lambda request: self._watch.answer(request),
            self.warnings,
        )
        self.acceptors = self._endpoints.acceptors
        self._workers = Workers(WORKER_THREADS, _MAX_JOBS, "worker")
        self._searches = Workers(SEARCH_THREADS, _MAX_SEARCHES, "search")
        self._passwords = FairWorkers(max(1, (os.cpu_count() or 1) // 2), _MAX_PASSWORD_JOBS, "password")

    def start(self) -> None:
        """Start everything. Raises StartError; then nothing is left running."""
        sys.setswitchinterval(_SWITCH_INTERVAL)
        _raise_file_limit()
        try:
            self._endpoints.open()  # before the database: a start that fails at a busy port leaves it untouched
            self._open()
        except (StorageError, ChatError, EndpointError) as error:
            self._close_opened()
            raise StartError(str(error)) from None
        except BaseException:
            self._close_opened()
            raise
        self.store.place.advertise(self.web_url, self._addresses)
        # Clients may have connected since the addresses were bound. They wait in the backlog until here,
        # where everything that serves them runs.
        for acceptor in self._all_acceptors:
            acceptor.start()
        self._started = True
        self._watch.start(self.config.status_socket, metrics=self._endpoints.metrics is not None)
        self._loop.call_soon(self._check_now_and_then)
        self._manager.watch(self._loop, lambda: self._status)
        self._loop.start()
        self._manager.ready(self._status)

    def drain(self) -> None:
        """Send the clients to other servers of this database: say at once that no more should come (/readyz),
        accept nobody after `drain_seconds`, then close `drain_rate` connections a second. Blocks until all are
        gone. Does nothing if the configuration has no `drain_seconds`."""
        self._draining = True
        self._manager.stopping()
        seconds, rate = self.config.server.drain_seconds, self.config.server.drain_rate
        if not seconds:
            return
        log.info(
            "draining: %(connections)d connections, %(rate)d a second from now + %(seconds)d s",
            {"event": "draining", "connections": self.connections, "rate": rate, "seconds": seconds},
        )
        drained = threading.Event()
        self._loop.call_soon(lambda: self._loop.call_later(seconds, lambda: self._close_some(drained, rate)))
        drained.wait()

    def stop(self) -> None:
        """Handle what was received, tell the clients, store what is queued, close. Blocks for up to some
        seconds."""
        self._draining = True
        self._manager.stopping()
        stopped = threading.Event()
        self._stopping = True
        self.chat.flood.lift()  # lines that wait for their pace are handled now
        self._loop.call_soon(lambda: self._close_connections(stopped, time.monotonic() + _FLUSH_SECONDS))
        stopped.wait(_FLUSH_SECONDS + 1)
        # Workers before the store: a job that runs may still submit to the writer, and wait for it. The store
        # before the loop: to deliver what it stores, the writer calls into the loop's thread.
        self.api.stop()
        self._endpoints.stop()
        self.chat.long_work.stop()
        self.push.stop()
        self._workers.stop()
        self._searches.stop()
        self._passwords.stop()
        self._watch.stop()
        self.backups.stop()
        self.previewer.stop()
        self._webhooks.stop()
        self.store.close()
        self._loop.stop()

    def reload(self) -> str:
        """Read the configuration again and apply what has changed. Returns an error, or an empty text; after
        an error nothing has changed. Blocks; for any thread."""
        with self._reloading:
            self._manager.reloading()
            try:
                return self._reload()
            finally:
                self._manager.ready(self._status)

    def _reload(self) -> str:
        """See reload(). For one thread at a time."""
        try:
            new = self._reread()
            different = changed(self.config, new)
            later = [setting for setting in different if setting in AT_START]
            now = [setting for setting in different if setting not in AT_START]
            new = keeping(self.config, new, later)
            self._endpoints.reconfigure(new)  # first: it may fail, and then nothing must have changed
        except (ConfigError, EndpointError) as error:
            log.error("the configuration was not reloaded: %(why)s", {"event": "reload-failed", "why": error})
            return str(error)
        self.config = new
        self._apply()
        if "log.level" in now:
            log.setLevel(new.log.level.upper())
        log.info(
            "the configuration was reloaded; changed: %(changed)s",
            {"event": "reloaded", "changed": ", ".join(now) or "nothing"},
        )
        if later:
            log.warning(
                "these settings change at the next start: %(settings)s",
                {"event": "reload-postponed", "settings": ", ".join(later)},
            )
        return ""

    def _apply(self) -> None:
        """Apply the settings that may change while the server runs."""
        config = self.config
        self.chat.apply_policy(config.policy)
        self._irc.motd = self._plain.motd = config.server.motd
        self._irc.admin = _admin(config)
        self._irc.description = _line(config.server.description)
        self._irc.access = self._access()
        self._plain.page = self.web_url
        self.store.place.advertise(self.web_url, self._addresses)

    def _close_some(self, drained: threading.Event, rate: int, since: float = 0.0, closed: int = 0) -> None:
        """Close some of the connections, then more of them a moment later, until none is left. In the I/O
        thread."""
        since = since or time.monotonic()
        due = int((time.monotonic() - since) * rate) + 1 - closed
        for acceptor in self.acceptors.values():
            acceptor.stop_accepting()
            closing = acceptor.close_some("the server is stopping: connect again", due)
            due, closed = due - closing, closed + closing
        if due > 0:  # none is left that is not closing
            drained.set()
        else:
            self._loop.call_later(_DRAIN_STEP, lambda: self._close_some(drained, rate, since, closed))

    def _close_connections(self, stopped: threading.Event, until: float, told: bool = False) -> None:
        """Stop accepting and tell the clients, then check again and again whether they are gone or the time
        is over. In the I/O thread."""
        for acceptor in self._all_acceptors:
            if not told:
                acceptor.stop_accepting()
                acceptor.close_all("the server is stopping")
        self._loop.limit_turns(False)
        if time.monotonic() > until or all(acceptor.empty for acceptor in self._all_acceptors):
            for acceptor in self._all_acceptors:
                acceptor.drop_received()
            self._loop.call_soon(lambda: self._loop.call_in_turn(stopped.set))  # once that is done
        else:
            self._loop.call_later(0.02, lambda: self._close_connections(stopped, until, told=True))

    # The endpoints.

    def _close_opened(self) -> None:
        """Close what a failed start has opened."""
        for acceptor in self._all_acceptors:
            acceptor.stop_accepting()
        if hasattr(self, "push"):
            self.push.stop()
        if hasattr(self, "store"):
            self.store.close()

    def _irc_protocol(self, connection: Connection, peer: Peer) -> IrcProtocol:
        protocol = IrcProtocol(
            self._irc,
            peer.address,
            local=_is_local(peer),
            send=connection.send,
            close=connection.close,
            push=connection.push,
        )
        connection.on_first_line = partial(_announce, protocol, peer, "irc")
        protocol.by_web = peer.web
        protocol.keepalive.acknowledged = connection.progress
        protocol.keepalive.proxied = peer.web or peer.proxied
        protocol.moved = connection.moved
        protocol.session.secure = peer.secure
        protocol.session.certificate = peer.certificate
        return protocol

    def _plain_protocol(self, connection: Connection, peer: Peer) -> PlainProtocol:
        protocol = PlainProtocol(
            self._plain,
            peer.address,
            local=_is_local(peer),
            send=connection.send,
            close=connection.close,
            push=connection.push,
        )
        connection.on_first_line = partial(_announce, protocol, peer, "plain")
        protocol.session.secure = peer.secure
        if not peer.proxied:
            protocol.session.progress = connection.progress
        return protocol

    def _access(self) -> Access:
        """What IRC clients are told of the endpoints, and the gateways that may speak for others."""
        config = self.config
        secure = self.acceptors.get("ircs")
        sts = Sts(secure.address[1], config.tls.sts_seconds) if secure is not None and config.tls.sts else None
        gateways = Gateways(config.webirc.password, Networks(config.webirc.gateways))
        web = self.web_url if self.acceptors.keys() & {"web", "wss"} and config.files_folder else ""
        files = urljoin(web, FILES) if web else ""
        return Access(sts, gateways, config.limits.registration_seconds, self.web_url, files)

    @property
    def web_url(self) -> str:
        """The URL of the page, or empty if there is none."""
        return self.config.web_url(self._addresses)

    @property
    def _all_acceptors(self) -> list[Acceptor]:
        metrics = self._endpoints.metrics
        return [*self.acceptors.values(), *([metrics] if metrics is not None else [])]

    @property
    def _status(self) -> str:
        """One line for the service manager: where it serves, and what is wrong."""
        if self._draining:
            return "stopping"
        return "; ".join([f"serving {self._where}", *(warning.text for warning in self.warnings.list())])

    @property
    def _where(self) -> str:
        return ", ".join(f"{name} {shown(*where)}" for name, where in self._addresses.items())

    @property
    def _addresses(self) -> dict[str, tuple[str, int]]:
        return {name: acceptor.address for name, acceptor in self.acceptors.items()}

    def _look_after_the_database(self) -> None:
        """Refuse what waits for a database that does not answer, and write what could not be written while it was
        away. In the I/O thread, every second."""
        # Connections that end wait for the writer; see Loop.call_in_turn().
        self._loop.limit_turns(not self.store.refuse_stuck())
        if self.chat.unnoted and self.store.healthy:
            self.chat.note_again()
        self._loop.call_later(_LOOK_SECONDS, self._look_after_the_database)

    def _down(self) -> str:
        """Why messages can't be stored, in one line that everybody may read: the answer of /healthz. Empty if they
        can, and the server is not stopping. In the I/O thread."""
        if self._stopping:
            return "the server is stopping"
        if self.failed.is_set():
            return "the server has failed"
        return self.store.refusal

    def _unready(self) -> str:
        """Why clients should not come here: the answer of /readyz. Empty if they should. In the I/O thread."""
        if not self._started:
            return "the server is starting"
        if self._draining and not self._stopping:
            return "the server has been asked to stop"
        if why := self._down():
            return why
        return "" if self.store.ready else "the database has not answered lately, or other servers are not heard"

    @property
    def connections(self) -> int:
        """The number of connections, whether somebody is logged in there or not. Any thread may ask."""
        return sum(acceptor.count for acceptor in self.acceptors.values())

    # The chat.

    def _always_on(self) -> bool:
        return self.config.policy.accounts.always_on

    def _open_store(self) -> DatabaseStore:
        url, readers = (
            self.config.database_url,
            WORKER_THREADS + SEARCH_THREADS + HTTP_THREADS + 2 + SENDERS,
        )  # feed, webhooks
        folder = self.config.files_folder
        return DatabaseStore(url, readers, server=self._name(), node=self._node(), files=folder)

    def _open(self) -> None:
        self.store = self._open_store()
        hub, policy = Hub(fan_out), self.config.policy
        # Where a database has several servers, its clock is that of all of them.
        clock: Clock = (lambda: self.store.now()) if self.store.place.shared else time.time
        logins = Logins(self.store, hub, policy, time.monotonic, clock)
        flood = Flood(policy.limits, time.monotonic)
        self.chat = Chat(hub, self.store, logins, policy, clock, flood, warnings=self.warnings)
        self.push = self._pusher()
        self.store.start_writer(
            self._publisher(hub),
            time.time,
            load=hub.load,
            refusal=hub.refusal,
            on_fatal=self._fail,
            here=hub.accounts_here,
            committed=self.push.committed,
        )
        self.store.start_indexing(time.time)
        if not self.store.node:  # of several servers, the one that leads does this
            left = EndTemporaryMembers(policy.accounts.always_on, why=RESTARTED)
            self.store.submit([left, ForgetGuests()]).result()
        self.store.submit([TellServerBans(), TellPeaces()]).result()
        self.push.key = self._push_key()
        self.chat.push_key = self.push.key.public
        self._note_restored()
        self._endpoints.give_way(lambda: self.store.queued > 0)
        self._endpoints.refuse(lambda address: self._banned(hub, address))
        create_default_rooms(self.store, policy)
        kept = lambda: self.config.policy.history.kept  # noqa: E731 - REHASH may change it
        Housekeeping(
            self.store, self._loop, self._workers.submit, self._always_on, self.warnings, kept, hub.accounts_here
        ).start()
        self.backups = ScheduledBackups(self.store, self._loop, self._backup_schedule, self.warnings)
        self.backups.start()
        self._loop.call_soon(self._look_after_the_database)
        self._warn_of_rooms_ahead()
        self._make_protocols(clock())
        self._open_api()
        self.push.start()
        figures = self._figures(clock())
        self._watch = Watch(figures, self._loop, self._workers.submit)
        self._irc.status = partial(status, figures)

    def _pusher(self) -> Pusher:
        return Pusher(
            self.chat,
            renderers=lambda switches: self._irc.renderer(switches),
            contact=lambda: self.config.push_contact(self._addresses),
            node=lambda: self.store.node,
        )

    def _push_key(self) -> PushKey:
        """The key by which push services know this server and all nodes: made at the very first start."""
        known = self.store.push.key()
        made: PushKey = known or self.store.submit([EnsurePushKey(new_key())]).result()
        return made

    def _open_api(self) -> None:
        def page() -> str:
            return self.web_url  # known when everything listens

        self.access = HttpAccess(self.chat, self._passwords.submit, _is_local)
        self.api = Api(self.chat, self.access, self._searches.submit, self.store.incarnation, __version__, page)
        files, pictures = (
            FilesDoor(self.chat, self.access, page),
            picture_route(self.store.previews.picture),
        )
        self._endpoints.serve([*self.api.routes(), *self._webhooks.routes(), *files.routes(), pictures])
        self._webhooks.start()
        self.api.start()

    def _make_protocols(self, started: float) -> None:
        """Make what all connections of a protocol share, and import their commands: later, the first client would
        wait for that, and everybody else with it."""
        commands.all_commands()
        capabilities.all_capabilities()
        services.all_commands()
        plain_commands.all_commands()
        pools = Pools(self._workers.submit, self._passwords.submit, self._searches.submit)
        self._irc = IrcServer(
            name=self.config.server.name,
            network=self.config.server.network,
            motd=self.config.server.motd,
            admin=_admin(self.config),
            version=__version__,
            started=started,
            chat=self.chat,
            pools=pools,
            reload=self.reload,
            access=self._access(),
            incarnation=self.store.incarnation,
            description=_line(self.config.server.description),
        )
        self._plain = PlainServer(
            network=self.config.server.network,
            motd=self.config.server.motd,
            chat=self.chat,
            pools=pools,
            page=self.web_url,
        )

    def _publisher(self, hub: Hub) -> Callable[[Sequence[Published]], None]:
        """What the writer gives everything to that happened: first those who are here are told."""
        leads, policy = lambda: self.store.leads, lambda: self.chat.policy
        self.previewer = Previewer(self.store, policy, leads, lambda: self.web_url, thumbnail)
        self.previewer.start()
        self._webhooks = Webhooks(self.chat, leads)
        deliver, look = Delivery(hub, self.push.marked).publish, self.previewer.look

        def publish(events: Sequence[Published]) -> None:
            deliver(events)
            look(events)
            self._webhooks.outgoing.heard(events)

        return publish

    def _banned(self, hub: Hub, address: str) -> str:
        """Why clients from this address are turned away; empty if they are not. It never blocks."""
        ban = hub.bans.of_address(address, int(self.chat.clock() * 1000)) if hub.bans.all else None
        if ban is None:
            return ""
        hub.bans.hits[ban.id] += 1
        return ban.sentence

    def _note_restored(self) -> None:
        """Note the restore of a backup of an earlier version in the audit log, which that could not hold."""
        if self.store.restored is not None:
            name, at = self.store.restored
            if not self.store.audit.entries(AuditQuery(action="data.restore", about=name, since=at, limit=1)):
                self.store.submit([NoteAct(SERVER, "data.restore", name, "seen by this start")]).result()

    def _backup_schedule(self) -> Schedule:
        backup = self.config.backup
        return Schedule(backup.seconds, backup.keep, backup.path, backup.compress)

    def _figures(self, started: float) -> Figures:
        return Figures(
            version=__version__,
            database=self.store.kind,
            started=started,
            chat=self.chat,
            store=self.store,
            warnings=self.warnings,
            acceptors=self.acceptors,
            pools={
                "worker": self._workers,
                "search": self._searches,
                "password": self._passwords,
                "http": self._endpoints.pool,
            },
            healthy=lambda: not self._down(),
            ready=lambda: not self._unready(),
            certificate=lambda: self._endpoints.expires,
            backup=lambda: self.backups.newest or None,
            backup_interval=lambda: self.config.backup.seconds,
            measure_backups=self.backups.measure,
            backups_failed=lambda: self.backups.failures,
            api_requests=self.api.router.counts.all,
            http_requests=self._endpoints.requests.all,
            api_streams=lambda: (self.api.feed.count, self.api.feed.sent),
            push=self.push.counts,
            webhooks=self._webhooks.counts,
        )

    def _warn_of_rooms_ahead(self) -> None:
        """Warn of rooms whose newest message is ahead of the clock. Times rise within a room, so if the clock
        was ahead once, later messages get times after that, until the clock has caught up."""
        ahead = self.store.rooms.ahead(int(self.chat.clock() * 1000) + _AHEAD)
        for name, until in ahead:
            log.warning(
                "the clock was ahead once: new messages in %(room)s are dated %(until)s UTC until the"
                " clock reaches that time",
                {
                    "event": "clock-was-ahead",
                    "room": name,
                    "until": datetime.fromtimestamp(until / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
                },
            )

    def _name(self) -> str:
        """This server in one line, for somebody who starts another one on the same database."""
        return f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}, at {self._where}"

    def _node(self) -> NodeInfo:
        """What other servers of the database, and its operator, are told of this one."""
        return NodeInfo(
            kind="server",
            name=f"{platform.node()}, {self._name()}",
            server=self.config.server.name,
            version=__version__,
            policy=lambda: self.config.policy_hash,
            connections=lambda: self.connections,
        )

    def _check_now_and_then(self) -> None:
        """Let a worker check what may go wrong beside the chat, again and again. In the I/O thread."""
        if not self._stopping:
            self._workers.submit(self._endpoints.check_certificate)
            self._workers.submit(self._check_secrets)
            self._workers.submit(self._check_clock)
            self._loop.call_later(_CERTIFICATE_CHECK_SECONDS, self._check_now_and_then)

    def _check_secrets(self) -> None:
        """Warn of secrets that every user of this machine can read. In a worker."""
        found = self._exposed(self.config)
        if found:
            self.warnings.set("secret", "; ".join(found))
        else:
            self.warnings.clear("secret")

    def _check_clock(self) -> None:
        """Warn of rooms that are ahead of the clock; see _warn_of_rooms_ahead. In a worker."""
        try:
            ahead = [name for name, _ in self.store.rooms.ahead(int(self.chat.clock() * 1000) + _AHEAD)]
        except StorageError:
            return
        if not ahead:
            self.warnings.clear("clock")
            return
        named = ", ".join(sorted(ahead)[:_NAMED]) + (f" and {len(ahead) - _NAMED} more" if ahead[_NAMED:] else "")
        self.warnings.set(
            "clock",
            f"the last messages of {named} are dated ahead of the clock, and so are new ones until it is there:"
            " chatstore doctor says how far",
        )

    def _fail(self) -> None:
        self.failed.set()
        self._on_fatal()


def _line(text: str) -> str:
    return " ".join(text.split())


def _admin(config: Config) -> tuple[str, str, str]:
    return config.server.admin_location, config.server.admin_name, config.server.admin_email


def _raise_file_limit() -> None:
    """Raise the limit of open files to what the system allows: the usual soft limit is far below
    `connections`."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _is_local(peer: Peer) -> bool:
    """Whether the client is on this machine. One that comes through a proxy may be anywhere."""
    return not peer.proxied and is_loopback(peer.address)


def _announce(protocol: IrcProtocol | PlainProtocol, peer: Peer, endpoint: str) -> None:
    """Log a connection once it has sent something: health checks connect every few seconds and send
    nothing."""
    protocol.announced = True
    log.info(
        "connection from %(address)s (%(way)s)",
        {"event": "connection", "address": peer.address, "way": _way(peer, endpoint)},
    )


def _way(peer: Peer, endpoint: str) -> str:
    """How a client connected, for the log: `irc, TLS, WebSocket`."""
    ways = {"TLS": peer.secure, "WebSocket": peer.web, "through a proxy": peer.proxied}
    return ", ".join([endpoint, *(way for way, so in ways.items() if so)])
