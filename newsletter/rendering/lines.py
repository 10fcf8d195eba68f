"""Text set in lines."""

from __future__ import annotations

from textwrap import TextWrapper


def wrap(text: str, indent: int = 0, width: int = 72) -> str:
    """Lines of at most `width` columns, each but the first indented by `indent` spaces.

    The first line leaves room for the same indent. Words, and so links, are never broken.
    """
    wrapper = TextWrapper(
        width=width,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.fill(" ".join(text.split())).lstrip()
