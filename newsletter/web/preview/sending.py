"""The panel from which a test is sent, and the inbox of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from starlette.responses import Response

from newsletter.addresses import normalize
from newsletter.errors import UsageError
from newsletter.model import Reply
from newsletter.outlet import choose_outlet
from newsletter.previewing import post_issue
from newsletter.settings import Settings, Smtp
from newsletter.trial.inbox import Mail, read_mail, read_sheet
from newsletter.web.preview.frames import framed
from newsletter.web.preview.scene import Done, Errand, Form, Scene
from newsletter.web.preview.variants import dress
from newsletter.web.preview.view import change

#: A test is waited for by a person.
_PATIENCE = timedelta(seconds=10)


def read_sending(scene: Scene) -> Mapping[str, object]:
    """The ways out, and what the sandbox kept."""
    settings = scene.proof.settings
    if settings is None:
        return {"sheet": None}
    maildir = find_maildir(settings)
    return {
        "relay": settings.smtp.host,
        "sheet": read_sheet(maildir, scene.view.sheet),
        "folder": maildir,
        "can_send": scene.proof.issue is not None,
    }


def send_test(scene: Scene, form: Form) -> Errand:
    """Send the email that is shown to one address; it is recorded nowhere.

    It goes to nobody in particular though a reader's email is shown: a link to leave that works
    is not for others.
    """
    proof = scene.proof
    if proof.issue is None or proof.settings is None:
        raise UsageError("There is no email to send; what is wrong stands beside.")
    to = normalize(form.get("to", ""))
    issue, settings = proof.issue, replace(proof.settings, smtp=_hurry(proof.settings.smtp))
    outlet = choose_outlet(settings, sandbox=form.get("by") == "sandbox" or not settings.smtp.host)

    def tell(reply: Reply) -> Done:
        if outlet.is_sandbox:
            newest = read_sheet(find_maildir(settings), 1).mails
            view = change(scene.view, {"mail": newest[0].key, "show": "email", "sheet": 1})
            return Done(f"The sandbox keeps it for {to}: nothing left this machine.", view)
        return Done(f"{settings.smtp.host} took it for {to}: {reply.code} {reply.text}".rstrip())

    return Errand(lambda: post_issue(settings, outlet, issue, to), tell)


def open_mail(scene: Scene) -> Mail | None:
    """The mail of the sandbox that the view asks for; None where it asks for none.

    Raises:
        UsageError: it is not there any more.
    """
    settings = scene.proof.settings
    if not scene.view.mail or settings is None:
        return None
    return read_mail(find_maildir(settings), scene.view.mail)


def show_mail(scene: Scene) -> Response:
    """A mail of the sandbox in the view's look, for a frame."""
    try:
        mail = open_mail(scene)
    except UsageError:
        mail = None
    html = dress(mail.html or "", scene.view.look, images=scene.view.images) if mail else ""
    return framed(html, images=scene.view.images)


def find_maildir(settings: Settings) -> Path:
    """Where the sandbox keeps mail."""
    maildir = choose_outlet(settings, sandbox=True).maildir
    assert maildir is not None
    return maildir


def _hurry(smtp: Smtp) -> Smtp:
    names = ("connect_timeout", "command_timeout", "data_timeout", "dot_timeout")
    times = {name: min(getattr(smtp, name), _PATIENCE) for name in names}
    return replace(smtp, **times)
