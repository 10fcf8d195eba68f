"""What keeps a newsletter going on a machine: a systemd unit or a block of a crontab."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from newsletter.errors import UsageError
from newsletter.settings import Settings

#: Where systemd finds the units of a machine's administrator (systemd.unit(5)).
UNITS = Path("/etc/systemd/system")
_OURS = "# Written by newsletter install"
#: Seconds that systemd gives a stop beyond `delivery.drain`.
_LEEWAY = 30


@dataclass(frozen=True, slots=True)
class Place:
    """A newsletter on a machine."""

    config: Path
    user: str
    #: The program, as an absolute path and what follows it.
    program: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return self.config.parent


def make_unit(place: Place, settings: Settings) -> str:
    """A hardened unit for `newsletter run` (systemd.exec(5), `systemd-analyze security`).

    It may write in the newsletter's folder, and to its store where that lies elsewhere.
    """
    folder = _escape(str(place.folder))
    words = [*place.program, "--config", str(place.config), "run"]
    command = " ".join(f'"{_escape(word, quoted=True)}"' for word in words)
    own = [_escape(str(path), quoted=True) for path in _find_own(place, settings)]
    writable = " ".join(f'"{path}"' for path in own)
    stop = int(settings.delivery.drain.total_seconds()) + _LEEWAY
    return f"""\
{_OURS}: newsletter install systemd
[Unit]
Description={_escape(settings.newsletter.title)} (newsletter in {folder})
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
Type=notify
User={place.user}
WorkingDirectory={folder}
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
# Secrets: lines such as NEWSLETTER_SMTP__PASSWORD=...; readable by root alone.
EnvironmentFile=-/etc/newsletter/secrets
Restart=on-failure
RestartSec=10
# Wrong settings do not mend themselves.
RestartPreventExitStatus=2
WatchdogSec=15min
TimeoutStopSec={stop}

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def _find_own(place: Place, settings: Settings) -> list[Path]:
    store = make_url(settings.store.url)
    if store.get_backend_name() != "sqlite":
        return [place.folder]
    folder = Path(str(store.database)).parent
    return [place.folder] if folder.is_relative_to(place.folder) else [place.folder, folder]


def write_unit(text: str, file: Path) -> None:
    """Write a unit where systemd finds it.

    Raises:
        UsageError: a unit of somebody else is there, or it cannot be written.
    """
    try:
        if file.exists() and not file.read_text().startswith(_OURS):
            raise UsageError(f"{file} was not written by newsletter; move it away, or edit it.")
        file.write_text(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}; run it as root.") from error


def make_crontab(place: Place, settings: Settings) -> str:
    """The lines of a user's crontab; they lie between two comments that name the folder."""
    words = [*place.program, "--config", str(place.config)]
    send = shlex.join([*words, "send", "--due", "--no-wait", "--quiet"])
    command = f"cd {shlex.quote(str(place.folder))} && {send}"
    zone = settings.newsletter.timezone
    begin, end = _marks(place)
    return "\n".join(
        [
            begin,
            f"# Asked every five minutes: [schedule] decides, in the time of {zone}, whatever",
            "# this machine's is. It sends the day that is due, and readers who were put off.",
            # A percent sign would be a line break (crontab(5)).
            "*/5 * * * *  " + command.replace("%", r"\%"),
            end,
            "",
        ]
    )


def write_crontab(block: str, place: Place) -> None:
    """Put the lines into the user's crontab, in the place of those for this folder.

    Raises:
        UsageError: there is no `crontab`, or it refuses.
    """
    if shutil.which("crontab") is None:
        raise UsageError("There is no crontab on this machine; install cron, or use systemd.")
    listed = _run_crontab(["-l"], place, "")
    before = listed.stdout if listed.returncode == 0 else ""
    done = _run_crontab(["-"], place, _without(before, _marks(place)) + block)
    if done.returncode:
        raise UsageError(f"crontab refuses: {done.stderr.strip()}")


def _run_crontab(words: list[str], place: Place, text: str) -> subprocess.CompletedProcess[str]:
    # Only root may name a user, itself or another.
    who = [] if pwd.getpwuid(os.getuid()).pw_name == place.user else ["-u", place.user]
    command = ["crontab", *who, *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def _marks(place: Place) -> tuple[str, str]:
    return f"# newsletter {place.folder}: begin", f"# newsletter {place.folder}: end"


def _without(text: str, marks: tuple[str, str]) -> str:
    begin, end = marks
    before, found, rest = text.partition(begin + "\n")
    after = rest.partition(end + "\n")[2] if found else ""
    return before + after


def _escape(text: str, *, quoted: bool = False) -> str:
    """Text for a unit: specifiers begin with a percent sign, variables with a dollar."""
    text = text.replace("%", "%%")
    if not quoted:
        return text
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
