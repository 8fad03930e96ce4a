"""A bot that answers !time, by the HTTP API's live events: it misses nothing, and answers nothing twice.

Usage: CHATSTORE_TOKEN=cst_... events_bot.py http://127.0.0.1:8097 ROOM

Where the stream is cut, it goes on after the last event that it has; an answer whose fate is unknown is sent again
with the same Idempotency-Key, and makes one message.
"""

import json
import os
import sys
import time

import httpx

url, room = f"{sys.argv[1].rstrip('/')}/api/v1", sys.argv[2].removeprefix("#")
client = httpx.Client(
    headers={"Authorization": f"Bearer {os.environ['CHATSTORE_TOKEN']}"}, timeout=httpx.Timeout(10, read=90)
)


def post(path: str, body: dict[str, str], key: str = "") -> None:
    headers = {"Idempotency-Key": key} if key else {}
    client.post(f"{url}{path}", json=body, headers=headers).raise_for_status()


def heard(event: dict[str, str]) -> None:
    if event["type"] == "message" and event["text"] == "!time":
        post(f"/rooms/{room}/messages", {"text": time.strftime("It is %H:%M UTC", time.gmtime())}, event["id"])


def follow(last: str) -> str:
    """Follow the room until the stream is cut. Returns the id of the last event."""
    headers = {"Last-Event-ID": last} if last else {}
    event, data = "", ""
    with client.stream("GET", f"{url}/rooms/{room}/events", headers=headers) as response:
        response.raise_for_status()
        print("following", room, flush=True)
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                event = value
            elif name == "data":
                data = value
            elif not line and data:
                heard({"type": "", "text": "", "id": "", **json.loads(data)})
                last, data = event or last, ""
    return last


client.post(f"{url}/rooms/{room}/join", json={})
place = ""
while True:
    try:
        place = follow(place)
    except httpx.TransportError as error:
        print("cut:", error, flush=True)
        time.sleep(1)
