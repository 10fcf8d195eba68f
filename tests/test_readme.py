"""What the README says to type works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import commands
from newsletter.shipped import copy_shipped

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def lines_of(block: str) -> list[list[str]]:
    match = re.search(rf"<!-- {block} -->\n```sh\n(.*?)```\n<!-- /{block} -->", README, re.DOTALL)
    assert match, f"the README has no block {block}"
    return [shlex.split(line) for line in match[1].splitlines()]


def run(words: list[str], home: Path) -> str:
    """As it is typed: nothing is imported yet, or missing because another test imported it."""
    assert words[0] == "newsletter"
    # An editor that is closed at once.
    env = {**commands.clean_environment(), "VISUAL": "true"}
    ran = commands.run_anew(*words[1:], home=home, env=env)
    assert ran.code == 0, f"{words}: {ran.err}"
    return ran.out


def test_a_newsletter_of_ones_own(tmp_path: Path) -> None:
    init, enter, send = lines_of("own")

    run(init, tmp_path)
    assert enter[0] == "cd"
    said = run(send, tmp_path / enter[1])

    assert "nothing left this machine" in said


@pytest.mark.parametrize("block", ["readers", "look", "steer", "keep", "after", "hold"])
def test_the_commands_of_a_block_run_in_that_order(block: str, tmp_path: Path) -> None:
    home = tmp_path / "my-papers"
    copy_shipped(home)
    assert commands.run("send", "--quiet", home=home).code == 0

    for words in lines_of(block):
        run(words, home)


def test_the_first_command_installs_and_sends() -> None:
    ((*_, program, command),) = lines_of("first")

    assert program.endswith("/newsletter")
    assert command == "send"


def test_the_check_runs_the_command_for_the_tests() -> None:
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text()
    (words,) = lines_of("tests")
    assert words[-5].endswith("/pytest")
    assert words[-4:] == ["-n", "auto", "--dist", "worksteal"]


def test_files_that_the_readme_names_are_there() -> None:
    for name in re.findall(r"\]\(([\w./-]+)\)", README):
        assert (ROOT / name).is_file(), name


def test_every_table_of_exit_codes_is_that_of_the_errors() -> None:
    from newsletter import errors

    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    known = {
        value.exit_code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.NewsletterError)
    }

    assert codes == known | {0}
