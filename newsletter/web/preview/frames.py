"""The email itself: framed, or as a file to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.responses import HTMLResponse, Response

from newsletter.web.preview.scene import Scene
from newsletter.web.preview.variants import dress

#: What the frame allows. Nothing runs in it; the same origin lets the page around it measure
#: and point at what it holds, and links may open a tab of their own.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"


def framed(html: str, *, images: bool = True) -> Response:
    """HTML of an email, for a frame: no script, no form, nothing loaded but pictures.

    Args:
        images: whether pictures are loaded from elsewhere; those that travel with the mail are
            shown in any case.
    """
    pictures = "data: https: http:" if images else "data:"
    policy = (
        f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; "
        f"img-src {pictures}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def show_email(scene: Scene) -> Response:
    """The email in the view's look, as it is or as it was before."""
    view = scene.view
    html = scene.before.html if scene.before else scene.proof.html
    return framed(dress(html, view.look, images=view.images), images=view.images)


def _keep(scene: Scene, kind: str, suffix: str, content: bytes) -> Response:
    draft = scene.proof.draft
    name = f"newsletter-{draft.day}.{suffix}" if draft else f"newsletter.{suffix}"
    return Response(
        content,
        headers={
            "Content-Type": kind,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


#: The files to keep, by their address: as a reader gets them.
FILES: Mapping[str, Callable[[Scene], Response]] = {
    "newsletter.html": lambda scene: _keep(
        scene, "text/html; charset=utf-8", "html", scene.proof.html.encode()
    ),
    "newsletter.txt": lambda scene: _keep(
        scene, "text/plain; charset=utf-8", "txt", scene.proof.text.encode()
    ),
    "newsletter.eml": lambda scene: _keep(scene, "message/rfc822", "eml", scene.proof.message),
}
