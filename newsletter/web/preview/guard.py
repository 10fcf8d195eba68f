"""Who may ask, and what a browser may do with the answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: For the preview's own pages: nothing from elsewhere, nothing written into the page.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE = ("GET", "HEAD")


class Guard:
    """Lets in who knows the token, under a name that is ours, and from our own pages."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str], token: str = "") -> None:
        """Stand before an app.

        Args:
            names: the names the server goes by, besides addresses; a page of the web that
                made its name lead to us (DNS rebinding) still calls us by its own.
            token: what the first address must hold; "" where only this machine can ask.
        """
        self._app = app
        self._names = {name.lower() for name in names}
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refuse(HTTPConnection(scope))
        await (refusal or self._app)(scope, receive, _secured(send))

    def _refuse(self, asked: HTTPConnection) -> Response | None:
        host = asked.headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse("This is not the name of a preview.", 421)
        if self._token and (answer := self._check_token(asked)):
            return answer
        if asked.scope["method"] not in _SAFE and not _is_own(asked.headers, host):
            return PlainTextResponse("Only the preview's own pages may ask for that.", 403)
        return None

    def _is_ours(self, host: str) -> bool:
        name = re.sub(r":\d+$", "", host).strip("[]").lower()
        return name in self._names or _is_address(name)

    def _check_token(self, asked: HTTPConnection) -> Response | None:
        """The cookie lets in; an address with the token gives the cookie and loses the token."""
        cookie = f"preview_{asked.url.port or 80}"
        if self._is_token(asked.cookies.get(cookie, "")):
            return None
        query = QueryParams(asked.scope["query_string"])
        if not self._is_token(query.get("token", "")):
            return PlainTextResponse(
                "Open the address that `newsletter preview` printed: it holds the token.", 403
            )
        rest = [(name, value) for name, value in query.multi_items() if name != "token"]
        address = asked.url.path + (f"?{urlencode(rest)}" if rest else "")
        answer = RedirectResponse(address, 303)
        answer.set_cookie(cookie, self._token, httponly=True, samesite="lax")
        return answer

    def _is_token(self, said: str) -> bool:
        return secrets.compare_digest(said.encode(), self._token.encode())


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_own(headers: Headers, host: str) -> bool:
    """Whether one of our pages asks: browsers name the origin of every POST (RFC 6454)."""
    return urlsplit(headers.get("origin", "")).netloc == host


def _secured(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in {"Content-Security-Policy": PAGE_POLICY, **_HEADERS}.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
