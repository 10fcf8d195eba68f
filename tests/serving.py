"""A real HTTP server on loopback that answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Query = dict[str, str]
#: What to do with a request: the query comes in, the answer goes out by the handler.
Answer = Callable[["Handler", Query], None]


class Handler(BaseHTTPRequestHandler):
    """Hands every request to the server's `answer` and keeps a list of them."""

    server: Server

    def do_GET(self) -> None:
        query = dict(parse_qsl(urlsplit(self.path).query))
        self.server.requests.append(query)
        self.server.agents.append(self.headers["User-Agent"])
        self.server.answer(self, query)

    def say(self, content: object, status: int = 200, **headers: str) -> None:
        """Send bytes as they are and anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Answers on a port of its own; `released` ends what waits in it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.requests: list[Query] = []
        self.agents: list[str] = []
        self.released = threading.Event()

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.server_port}/api/daily_papers"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""


Serve = Callable[[Answer], Server]


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def only(content: object, status: int = 200, **headers: str) -> Answer:
    return lambda handler, query: handler.say(content, status, **headers)


def in_turn(*answers: Answer) -> Answer:
    """Give each answer once, and the last one again and again."""
    waiting = list(answers)

    def answer(handler: Handler, query: Query) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler, query)

    return answer
