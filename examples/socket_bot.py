"""A bot of twenty lines that answers !ping. Usage: socket_bot.py HOST PORT NAME TOKEN ROOM"""

import socket
import sys

host, port, name, token, room = sys.argv[1:6]
connection = socket.create_connection((host, int(port)))


def say(line: str) -> None:
    connection.sendall(f"{line}\r\n".encode())


say(f"PASS {name}:{token}\r\nNICK {name}\r\nUSER {name} 0 * :{name}")
for line in connection.makefile(encoding="utf-8", errors="replace", newline="\r\n"):
    words = line.rstrip("\r\n").split(" ", 3)
    if words[0] == "PING":
        say(f"PONG {words[1]}")
    elif words[1] == "001":
        say(f"JOIN {room}")
    elif words[1] == "PRIVMSG" and words[3] == ":!ping":
        say(f"PRIVMSG {room} :pong")
