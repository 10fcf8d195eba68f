"""The preview as an app: which address gives what."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from newsletter.errors import NewsletterError
from newsletter.web.preview.bench import Bench
from newsletter.web.preview.frames import FILES, show_email
from newsletter.web.preview.guard import Guard
from newsletter.web.preview.news import News
from newsletter.web.preview.pages import STATIC, write_page
from newsletter.web.preview.panels import ACTIONS, SIGHTS, Action, Sight
from newsletter.web.preview.scene import Done, Errand, Form, Scene
from newsletter.web.preview.studio import Studio
from newsletter.web.preview.view import View, read_view
from newsletter.web.preview.watching import watch

_log = logging.getLogger(__name__)

#: The longest form that is read, in bytes.
_LONGEST_FORM = 200_000

Answer = Callable[[Request], Awaitable[Response]]


def make_app(
    studio: Studio, news: News, *, names: Iterable[str] = (), token: str = ""
) -> Starlette:
    """The preview of a newsletter.

    Args:
        news: rung when a file changes.
        names: the names the server goes by, besides addresses.
        token: see `Guard`.
    """
    bench = Bench()

    def see(show: Sight) -> Answer:
        async def answer(request: Request) -> Response:
            view = read_view(request.query_params.multi_items())
            wish = (show, view)
            return await _unless_gone(request, bench.do(wish, lambda: show(set_scene(view))))

        return answer

    def act(name: str, do: Action) -> Answer:
        async def answer(request: Request) -> Response:
            form = await _read_form(request)
            view = read_view(request.query_params.multi_items())
            done = await _carry_out(bench, lambda: do(set_scene(view), form))
            done = done._replace(at=name, form=form)
            return await bench.act(lambda: _show_done(set_scene(done.view or view), done))

        return answer

    def set_scene(view: View) -> Scene:
        mark = news.mark  # before: what changes meanwhile has to be seen as a change
        return Scene(studio=studio, view=view, proof=studio.prove(view.wish), mark=mark)

    async def follow(request: Request) -> Response:
        return StreamingResponse(news.follow(), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/", see(_show_page)),
            Route("/email", see(show_email)),
            *(Route(f"/{name}", see(keep)) for name, keep in FILES.items()),
            *(Route(f"/see/{name}", see(show)) for name, show in SIGHTS.items()),
            *(
                Route(f"/do/{name}", act(name, do), methods=["POST"])
                for name, do in ACTIONS.items()
            ),
            Route("/events", follow),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, names=("localhost", *names), token=token)],
        lifespan=lambda app: _living(studio, bench, news),
    )


@asynccontextmanager
async def _living(studio: Studio, bench: Bench, news: News) -> AsyncIterator[None]:
    watching = asyncio.create_task(_watch(studio, bench, news))
    yield
    watching.cancel()
    bench.close()


def _show_page(scene: Scene) -> Response:
    return HTMLResponse(write_page(scene))


def _show_done(scene: Scene, done: Done) -> Response:
    """The page with what came of a form; it says by its URL which view that is."""
    return HTMLResponse(write_page(replace(scene, done=done)))


async def _carry_out(bench: Bench, do: Callable[[], Done | Errand]) -> Done:
    """What came of it; an errand is run beside the bench."""
    try:
        done = await bench.act(do)
        if isinstance(done, Errand):
            errand, found = done, await asyncio.to_thread(done.run)
            done = await bench.act(lambda: errand.tell(found))
    except NewsletterError as error:
        return Done(str(error), failed=True)
    return done


async def _read_form(request: Request) -> Form:
    body = b""
    async for piece in request.stream():
        # Read to its end in any case: a browser that is cut short hears no answer.
        body += piece if len(body) <= _LONGEST_FORM else b""
    if len(body) > _LONGEST_FORM:
        raise HTTPException(413, f"That is too long: {_LONGEST_FORM:,} bytes are read at most.")
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise HTTPException(400, "The form is not in UTF-8.") from None


async def _unless_gone(request: Request, answer: Awaitable[Response]) -> Response:
    """The answer, not waited for any more once the browser has left."""
    working = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_leave(request))
    await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if working.done():
        return working.result()
    working.cancel()
    return PlainTextResponse("", 499)


async def _leave(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _watch(studio: Studio, bench: Bench, news: News) -> None:
    async def find() -> Iterable[Path]:
        return await bench.do("watched", studio.find_files)

    try:
        await watch(find, news.ring)
    except OSError as error:
        # As when the system's limit of watches is reached (inotify(7)).
        _log.error("Changes to files are not noticed any more: %s", error)
