"""Units, crontab lines and the Containerfile, judged by the programs that read them."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import commands
from newsletter.installing import Place, make_crontab, make_unit
from newsletter.settings import Newsletter, Settings, StoreSection
from newsletter.shipped import copy_shipped

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
SHELLCHECK = (SCRIPTS / "shellcheck", "--severity=warning")
ME = pwd.getpwuid(os.getuid()).pw_name
#: What people call their folders, and units and crontabs trip over.
NAMES = ["papers", "my papers", "100% $HOME", 'l\'été "26"']

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (Debian: apt-get install systemd)",
)
needs_cron = pytest.mark.skipif(
    shutil.which("crontab") is None,
    reason="crontab is not installed (Debian: apt-get install cron)",
)


def place(home: Path) -> Place:
    return Place(home / "config.toml", ME, (str(SCRIPTS / "newsletter"),))


def check(*command: str | Path, text: str = "") -> str:
    done = subprocess.run(
        [str(word) for word in command], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(params=NAMES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    home: Path = tmp_path / str(request.param)
    copy_shipped(home)
    return home


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit(home: Path, tmp_path: Path) -> None:
    unit = tmp_path / "newsletter.service"
    settings = Settings(
        newsletter=Newsletter(title="100% Papers"),
        store=StoreSection(url=f"sqlite:///{tmp_path}/elsewhere/newsletter.db"),
    )
    unit.write_text(make_unit(place(home), settings))

    assert check("systemd-analyze", "verify", unit) == ""


@needs_systemd
def test_systemd_calls_the_unit_well_confined(tmp_path: Path) -> None:
    unit = tmp_path / "newsletter.service"
    text = make_unit(place(tmp_path), Settings())
    unit.write_text(text.replace(f"User={ME}", "User=daemon"))

    said = check("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)

    found = re.search(r"exposure level for newsletter.service: ([\d.]+)", said)
    assert found
    assert float(found[1]) < 2


def test_the_unit_lets_the_store_be_written_wherever_it_is(tmp_path: Path) -> None:
    elsewhere = StoreSection(url=f"sqlite:///{tmp_path}/elsewhere/newsletter.db")
    home = tmp_path / "papers"
    within = StoreSection(url=f"sqlite:///{home}/var/newsletter.db")

    inside = make_unit(place(home), Settings(store=within))
    outside = make_unit(place(home), Settings(store=elsewhere))

    assert f'ReadWritePaths="{home}"\n' in inside
    assert f'ReadWritePaths="{home}" "{tmp_path}/elsewhere"\n' in outside


@needs_cron
def test_cron_finds_no_fault_with_the_lines(home: Path, tmp_path: Path) -> None:
    block = tmp_path / "crontab"
    block.write_text(make_crontab(place(home), Settings()))

    check("crontab", "-n", block)


def test_the_command_of_the_crontab_runs_in_a_shell_as_cron_has_it(home: Path) -> None:
    line = make_crontab(place(home), Settings()).splitlines()[-2]
    command = line.split(maxsplit=5)[5]
    assert "%" not in command.replace(r"\%", "")
    script = command.replace(r"\%", "%")
    script = script.replace(str(SCRIPTS / "newsletter"), f"{sys.executable} -m newsletter")

    check(*SHELLCHECK, "--shell=sh", "-", text=script + "\n")
    bare = {name: value for name, value in commands.clean_environment().items() if name != "HOME"}
    done = subprocess.run(
        ["sh", "-c", script], env=bare, cwd="/", capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (home / "var" / "sandbox" / "newsletter.db").is_file()


def test_lines_are_written_once_and_leave_others_alone(tmp_path: Path) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    table = tmp_path / "table"
    table.write_text("0 5 * * *  make tea\n")
    # The real one keeps its tables where the tests may not write; this one keeps a file.
    program = fake / "crontab"
    program.write_text(f'#!/bin/sh\ncase "$1" in -l) cat "{table}";; -) cat > "{table}";; esac\n')
    program.chmod(0o755)
    check(*SHELLCHECK, program)
    home = tmp_path / "papers"
    copy_shipped(home)
    env = {**commands.clean_environment(), "PATH": f"{fake}:{os.environ['PATH']}"}

    for _ in range(2):
        assert commands.run("install", "cron", "--write", home=home, env=env).code == 0

    text = table.read_text()
    assert text.startswith("0 5 * * *  make tea\n")
    assert text.count("send --due") == 1


def test_install_prints_and_writes_nothing_unless_told(tmp_path: Path) -> None:
    home = tmp_path / "papers"
    copy_shipped(home)
    before = sorted(home.rglob("*"))

    unit = commands.run("install", "systemd", home=home).out
    lines = commands.run("install", "cron", home=home).out

    assert f"User={ME}\n" in unit
    assert str(home / "config.toml") in unit
    assert str(home / "config.toml") in lines
    assert sorted(home.rglob("*")) == before


def test_an_unknown_user_is_refused(tmp_path: Path) -> None:
    copy_shipped(tmp_path / "papers")

    ran = commands.run("install", "cron", "--user", "nobody-at-all", home=tmp_path / "papers")

    assert ran.code == 2
    assert "no user nobody-at-all" in ran.err


def test_the_containerfile_has_no_fault(tmp_path: Path) -> None:
    check(SCRIPTS / "hadolint", ROOT / "Containerfile")
    text = (ROOT / "Containerfile").read_text()
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
    assert re.search(r"^USER \d+$", text, re.MULTILINE), "by number, or Kubernetes cannot tell"
    assert len(re.findall(r"^VOLUME", text, re.MULTILINE)) == 1
    assert "HEALTHCHECK" in text


@pytest.mark.parametrize("script", [".ci/run"])
def test_scripts_have_no_fault(script: str) -> None:
    check(*SHELLCHECK, ROOT / script)
