"""The server of every tutorial, for comparison: a thread for each connection, `sendall` to each member, and
nothing stored. It speaks as much IRC as the load generator needs."""

from __future__ import annotations

import socket
import sys
import threading

rooms: dict[bytes, list[socket.socket]] = {}
lock = threading.Lock()


def serve(connection: socket.socket) -> None:
    nick = b"*"
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            command, _, rest = line.strip().partition(b" ")
            if command == b"NICK":
                nick = rest
            elif command == b"USER":
                connection.sendall(b":tutorial 001 %s :welcome\r\n" % nick)
            elif command == b"PING":
                connection.sendall(b":tutorial PONG tutorial %s\r\n" % rest)
            elif command == b"JOIN":
                with lock:
                    rooms.setdefault(rest, []).append(connection)
                connection.sendall(b":tutorial 366 %s %s :end of names\r\n" % (nick, rest))
            elif command == b"PRIVMSG":
                room = rest.partition(b" ")[0]
                with lock:
                    for member in rooms.get(room, ()):
                        if member is not connection:
                            member.sendall(b":%s %s\r\n" % (nick, line.strip()))
    with lock:
        for members in rooms.values():
            if connection in members:
                members.remove(connection)


def main() -> None:
    with socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
