"""Uploads files to a server, in a process of its own: python -m benchmarks.uploading IRC-PORT WEB-PORT COUNT BYTES.

It waits for a line on its standard input, uploads over AT_ONCE connections, and says in JSON how long that took.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import sys
import threading
import time

AT_ONCE = 4
PASSWORD = "correct horse battery"


def main() -> None:
    irc, web, count, size = map(int, sys.argv[1:])
    names = [f"uploader{number}" for number in range(AT_ONCE)]
    for name in names:
        _register(irc, name)
    contents = os.urandom(size)
    print("ready", flush=True)
    sys.stdin.readline()
    begun, done = time.perf_counter(), [0] * AT_ONCE
    threads = [
        threading.Thread(target=_upload, args=(web, name, contents, count // AT_ONCE, done, number))
        for number, name in enumerate(names)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.perf_counter() - begun, "uploads": sum(done)}), flush=True)


def _register(port: int, name: str) -> None:
    with socket.create_connection(("127.0.0.1", port), 20) as sock, sock.makefile("rb") as lines:
        sock.sendall(f"CAP LS 302\r\nNICK {name}\r\nUSER u 0 * :u\r\nREGISTER * * :{PASSWORD}\r\n".encode())
        while b"REGISTER SUCCESS" not in (line := lines.readline()):
            if not line:
                raise RuntimeError("the server registers nobody")


def _upload(port: int, name: str, contents: bytes, count: int, done: list[int], place: int) -> None:
    credentials = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    for number in range(count):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/octet-stream"}
        connection.request("POST", "/files", f"{name} {number} ".encode() + contents, headers)
        done[place] += connection.getresponse().status == 201
        connection.close()


if __name__ == "__main__":
    main()
