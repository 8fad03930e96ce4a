"""nginx, Caddy, Apache and HAProxy with the configurations of docs/proxies.md, on free ports of 127.0.0.1."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.endpoints.reaching import Pair
from tests.running import SECONDS

PROXIES = ("nginx", "caddy", "apache", "haproxy")
_PROGRAMS = {"nginx": "nginx", "caddy": "caddy", "apache": "apache2", "haproxy": "haproxy"}
_PAGE = Path(__file__).parents[2] / "docs" / "proxies.md"
_NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
access_log off;
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{text}
}}
"""
_CADDY = """{{
    admin off
    auto_https off
    skip_install_trust
}}
{text}
"""
_APACHE = """ServerRoot {folder}
PidFile {folder}/apache.pid
ErrorLog /dev/stderr
Mutex file:{folder} default
DefaultRuntimeDir {folder}
Listen 127.0.0.1:{port}
ServerName localhost
{modules}
{text}
"""
_MODULES = "mpm_event authz_core socache_shmcb ssl http2 headers alias proxy proxy_http proxy_wstunnel"


def documented(proxy: str, part: str) -> str:
    """A configuration of the page."""
    found = re.search(rf"<!-- {proxy}: {part} -->\n```\w+\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def _in_a_folder(proxy: str) -> str:
    top, folder = documented(proxy, "top"), documented(proxy, "folder")
    if proxy == "caddy":
        return folder
    place = {
        "nginx": "    location / {\n        proxy_pass http://chatstore;\n",
        "apache": "    ProxyPass / http://127.0.0.1:8097/ upgrade=websocket\n",
        "haproxy": "    default_backend chatstore\n",
    }[proxy]
    assert place in top
    return top.replace(place, folder + (place if proxy == "haproxy" else ""))


@contextmanager
def running(proxy: str, folder: Path, web: int, pair: Pair, *, in_a_folder: bool = False) -> Iterator[int]:
    """The proxy before the web endpoint at this port: the port at which it listens."""
    program = shutil.which(_PROGRAMS[proxy], path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip(f"{proxy} is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    both = folder / "both.pem"
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    text = _in_a_folder(proxy) if in_a_folder else documented(proxy, "top")
    for there, here in (
        ("127.0.0.1:8097", f"127.0.0.1:{web}"),
        ("/etc/ssl/chat.pem", str(pair.certificate)),
        ("/etc/ssl/chat.key", str(pair.key)),
        ("/etc/haproxy/chat.pem", str(both)),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("<VirtualHost *:443>", f"<VirtualHost 127.0.0.1:{port}>"),
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("chat.example.org {", f"https://localhost:{port} {{\n    tls {pair.certificate} {pair.key}\n"),
        ("chat.example.org", "localhost"),
    ):
        text = text.replace(there, here)
    config = folder / "proxy.conf"
    if proxy == "nginx":
        config.write_text(_NGINX.format(folder=folder, text=text))
        command = [program, "-c", str(config), "-p", str(folder)]
    elif proxy == "caddy":
        config.write_text(_CADDY.format(text=text))
        command = [program, "run", "--adapter", "caddyfile", "--config", str(config)]
    elif proxy == "apache":
        modules = "\n".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in _MODULES.split()
        )
        config.write_text(_APACHE.format(folder=folder, port=port, modules=modules, text=text))
        command = [program, "-X", "-f", str(config)]
    else:
        config.write_text(text)
        command = [program, "-db", "-f", str(config)]
    log = folder / "proxy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env={**os.environ, "HOME": str(folder)}
        )
    try:
        _wait_for(port, process, log)
        yield port
    finally:
        process.kill()  # it is one process; asked to end, Apache waits for its WebSockets
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(log.read_text(errors="replace"))
