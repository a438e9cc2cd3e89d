"""Serves the guide and its style to Neo4j Browser, on the loopback interface only."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from ownergraph.graphdb.connect import DatabaseError

LOOPBACK: Final = "127.0.0.1"
NAME: Final = "localhost"
"""As Browser is told: it plays guides of this host also before it has read the settings of its server."""
GUIDE: Final = "/guide.html"
STYLE: Final = "/ownership.grass"
_SAME: Final = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}


def origins(browser: str) -> frozenset[str]:
    """Origins that a Browser at an address asks from; `localhost` and 127.0.0.1 are one."""
    parts = urlsplit(browser)
    host = parts.hostname or ""
    port = "" if parts.port is None else f":{parts.port}"
    return frozenset(f"{parts.scheme}://{one}{port}" for one in {host, _SAME.get(host, host)})


@contextmanager
def serving(pages: Mapping[str, tuple[str, str]], allowed: frozenset[str], port: int = 0) -> Iterator[int]:
    """Serve pages on the loopback interface while the block runs; gives the port.

    Only GET, HEAD and the question before them (OPTIONS) are answered, only for these paths, and only for a Host that
    is this machine, so that no page elsewhere can read them by a name of its own that leads here.

    Args:
        pages: path to media type and text.
        allowed: origins whose scripts may read them.
        port: 0 takes a free one.

    Raises:
        DatabaseError: the port is taken or may not be used.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_OPTIONS(self) -> None:
            self._head(204 if self._known() else 404, "text/plain", 0)

        def log_message(self, *_: object) -> None:
            """Say nothing: what is asked is no news."""

        def _known(self) -> bool:
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            return host in _SAME and self.path.partition("?")[0] in pages

        def _answer(self, *, body: bool) -> None:
            if not self._known():
                self._head(404, "text/plain", 0)
                return
            media, text = pages[self.path.partition("?")[0]]
            content = text.encode()
            self._head(200, media, len(content))
            if body:
                self.wfile.write(content)

        def _head(self, status: int, media: str, length: int) -> None:
            self.send_response(status)
            origin = self.headers.get("Origin")
            if origin in allowed:
                self.send_header("Access-Control-Allow-Origin", origin)
                self.send_header("Access-Control-Allow-Methods", "GET, HEAD")
                self.send_header("Access-Control-Allow-Headers", "*")
                if self.headers.get("Access-Control-Request-Private-Network") == "true":
                    self.send_header("Access-Control-Allow-Private-Network", "true")
            self.send_header("Vary", "Origin")
            self.send_header("Content-Type", f"{media}; charset=utf-8")
            self.send_header("Content-Length", str(length))
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()

    try:
        server = ThreadingHTTPServer((LOOPBACK, port), Handler)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DatabaseError(f"--port: {port} cannot be used: {why}; name another, or leave it out") from error
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
