"""LaTeX to Unicode for titles and abstracts.

What arrives is half-stripped: most `$` are gone, some commands kept their backslash and some
lost it (`textit{O}bstacles`, `360^circ`, `3.4times`). A parser run over a whole abstract does
harm there: it deletes all that follows a `%` and eats the money in `$5 … $10`. So prose never
meets the parser. Patterns find the islands of LaTeX, resolve the common forms themselves and
give pylatexenc (https://pylatexenc.readthedocs.io) what it knows better: accents, and hundreds
of named symbols.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from newsletter.papers import latex_words as words

# What LaTeX is made of. Where none of these stands, a word alone can still give it away.
_SIGNS = ("\\", "{", "}", "^", "_", "~", "`", "$", "''", "--", " %", "left(")


def to_unicode(text: str) -> str:
    """Return `text` with its LaTeX, whole or half-stripped, as plain readable Unicode (NFC).

    One pass. Prose, money, file names, addresses and snake_case come back untouched, and so does
    the whole text where anything goes wrong: a title is better raw than lost.
    """
    if not _holds_latex(text):
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    try:
        return unicodedata.normalize("NFC", _convert(text))
    except Exception:  # whatever a stranger's LaTeX does to a parser, it must not stop the day
        return text


def _holds_latex(text: str) -> bool:
    # `map` runs in C: nine texts in ten end here, and a generator would cost more than the search.
    if any(map(text.__contains__, _SIGNS)):
        return True
    return any(words.BARE[word].search(text) for word in filter(text.__contains__, words.BARE))


def _convert(text: str) -> str:
    if _MARK.search(text):
        return text
    shelf = _Shelf()
    text = shelf.put_addresses(text)
    if "{{" in text:
        text = _TEMPLATE_NAME.sub(lambda match: shelf.put(match[0]), text)
    text = _convert_mathematics(text)
    if "\\" in text:
        text = _convert_escapes(text, shelf)
    if "{" in text or "}" in text:
        text = _convert_groups(text, shelf)
    if "\\" in text:
        text = _MACRO.sub(_convert_macro, text)
    return shelf.restore(_convert_prose(text))


_MARKS = "\U00100000-\U0010ffff"
_MARK = re.compile(f"[{_MARKS}]")
_VERBATIM = re.compile(r"\\verb\*?([^\w\s*])([^\n]{0,200}?)\1")
_IN_URL = r"(?:[^\s{}<>\"'`\\]|\\[_%&#~$-])*"
_URL_END = r"(?:[^\s{}<>\"'`\\.,;:!?)\]$]|\\[_-])"
_DOMAIN = r"(?:[\w-]{1,63}\.){1,5}"
_UNESCAPED = re.compile(r"\\(?=[_%&#~$-])")
# Each is tried only where its sign stands: a pattern over every abstract would be slow.
_ADDRESSES = {
    "://": re.compile(rf"https?://{_IN_URL}{_URL_END}"),
    "/": re.compile(rf"(?<![\w.-]){_DOMAIN}[a-z]{{2,9}}/{_IN_URL}[\w/]"),
    "@": re.compile(rf"(?<![\w.+-])[\w.+-]{{1,64}}@{_DOMAIN}[A-Za-z]{{2,}}"),
    ":\\": re.compile(r"(?<!\w)[A-Za-z]:\\[^\s{}]*"),
}

# A paper may speak of templates: `{{ url }}`. Braces twice around a word also keep BibTeX from
# changing its capitals, so a word without blanks beside it is a template's only without any.
_TEMPLATE_NAME = re.compile(
    r"(?<![^\s(\[\"'“‘`,])\{\{(?: [^{}\\$]{1,60} |[#/>&]?"
    rf"(?!(?:{'|'.join(words.GREEK)})\}})[a-z_][a-z0-9_.|]*)\}}\}}(?![^\s)\]\"'”’`,.;:!?])"
)


class _Shelf:
    """Keeps pieces of a text out of reach: a private character stands for each."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        self._pieces.append(piece)
        return chr(0x100000 + len(self._pieces) - 1)

    def put_addresses(self, text: str) -> str:
        if "\\verb" in text:
            text = _VERBATIM.sub(lambda match: self.put(match[2]), text)
        if "\\allowbreak" in text:
            text = re.sub(r"\\allowbreak(?![A-Za-z])\s*", "", text)
        for sign, pattern in _ADDRESSES.items():
            if sign in text:
                text = pattern.sub(lambda match: self.put(_UNESCAPED.sub("", match[0])), text)
        return text

    def get(self, mark: str) -> str:
        return self._pieces[ord(mark) - 0x100000]

    def restore(self, text: str) -> str:
        return _MARK.sub(lambda match: self.restore(self.get(match[0])), text)


# Mathematics hugs its dollars; money has a blank before the next one, or a digit after it.
_DOLLARS = re.compile(r"(?<![\w$\\])\$\$?(?![\s$])([^$]{1,200}?)(?<![\s\\=])\$\$?(?![\d$])")
_PARENTHESES = re.compile(r"\\[(\[]\s?(.{1,300}?)\s?\\[)\]]", re.DOTALL)
_MATHEMATICAL = re.compile(
    r"[\\^_{}=<>|+*]|^[A-Za-z\u0370-\u03ff]{1,2}$|^[A-Za-z]\([\w, ]*\)$|^[-+]?\d+(?:[.,]\d+)*%?$"
)
_SYMBOL_WORD = re.compile(
    rf"(?<![A-Za-z\\])(?:{'|'.join(words.MATHEMATICAL)})(?![A-Za-z])"
    r"|(?<=(?<![A-Za-z])[A-Za-z])times(?![a-z])"
)


def _convert_mathematics(text: str) -> str:
    if "$" in text:
        text = _DOLLARS.sub(_strip_dollars, text)
    if "\\(" in text or "\\[" in text:
        text = _PARENTHESES.sub(lambda match: _name_symbols(match[1]), text)
    return text


def _strip_dollars(match: re.Match[str]) -> str:
    return _name_symbols(match[1]) if _MATHEMATICAL.search(match[1]) else match[0]


def _name_symbols(mathematics: str) -> str:
    return _SYMBOL_WORD.sub(_name_symbol, mathematics)


def _name_symbol(match: re.Match[str]) -> str:
    return words.MATHEMATICAL[match[0]]


_ESCAPE = re.compile(
    r"""\\(?:(?P<plain>[%&\#_$]|(?P<sign>[~^])\{\}|["'`~^](?![A-Za-z{\\]))|(?P<brace>[{}])
    |(?P<apostrophe>(?<=\w\\)'(?=s\b))|(?P<blank>\\|[\s,;:>])|(?P<nothing>[!/@()\[\]-])
    |(?P<number>\d(?=\)))|(?P<money>\d))""",
    re.VERBOSE,
)


def _convert_escapes(text: str, shelf: _Shelf) -> str:
    def convert(match: re.Match[str]) -> str:
        escaped = match["sign"] or match[0][1:]
        if match["brace"]:
            return shelf.put(escaped)
        if match["money"]:
            return f"${escaped}"  # `\5` was `\$5`
        if match["blank"]:
            return " "
        return "" if match["nothing"] else escaped

    return _ESCAPE.sub(convert, re.sub(r"\\[dt]?frac\s?(\d)\s?(\d)", r"\1/\2", text))


_HEAD = re.compile(
    rf"""(?:(?P<second>\\?(?P<first>{"|".join(words.TWO_ARGUMENTS)})\s?[{_MARKS}])
    |(?P<command>\\(?P<name>[A-Za-z]+|[^\sA-Za-z])\*?\s?(?:\[(?P<option>[^\[\]]*)\])?)
    |(?P<script>[_^])|(?P<word>(?<![A-Za-z])[A-Za-z]+)|(?P<mark>[{_MARKS}]))\Z""",
    re.VERBOSE,
)
_LONGEST_HEAD = 80
_SWITCH = re.compile(
    r"\A\s*(?:\\(?:it|em|bf|tt|sc|rm|sl|sf|bfseries|itshape|ttfamily)(?![A-Za-z])\s*"
    r"|(?:bf|tt|rm|sc|sf)\s+)"
)
_SET = re.compile(r"(?=.{0,60}\Z)(?:.*[,:=\"'].*\S| .* |)\Z")
_NUMBER = re.compile(rf"\d|[\u0370-\u03ff]|(?:{'|'.join(words.GREEK)})(?![A-Za-z])")
_WORD_END = re.compile(rf"[\w.){_MARKS}]")
_GREEK_WORD = rf"(?<![A-Za-z\\_./])(?:{'|'.join([*words.GREEK, 'nabla', 'ell'])})"
_GREEK_AT_END = re.compile(rf"{_GREEK_WORD}\Z")
_LONGEST_GREEK = 12
_BARE_SIGN, _BACKSLASH = re.compile(r"(?=[%&#$])"), r"\\"


def _convert_groups(text: str, shelf: _Shelf) -> str:
    levels = [""]
    for piece in re.split(r"([{}])", text):
        if piece == "{":
            levels.append("")
        elif piece == "}" and len(levels) > 1:
            body = levels.pop()
            levels[-1] = _attach(levels[-1], body, shelf)
        elif piece != "}" or not _WORD_END.match(levels[-1][-1:]):
            levels[-1] += piece
    return re.sub(rf"(\\[A-Za-z]+|[{_MARKS}])\{{", r"\1 ", "{".join(levels))  # never closed


def _attach(before: str, body: str, shelf: _Shelf) -> str:
    """`before` with the group {`body`} after it resolved."""
    head = _HEAD.search(before[-_LONGEST_HEAD:])
    if not head or head["name"] not in words.ACCENTS:
        body = _MACRO.sub(_convert_macro, _SWITCH.sub("", body, count=1))
    if not head:
        return before + _convert_group(body, shelf, after=before[-1:])
    stem, name = before[: len(before) - len(head[0])], head["name"] or head["word"]
    if head["script"]:
        base = _GREEK_AT_END.sub(_name_symbol, stem[-_LONGEST_GREEK:])
        return stem[:-_LONGEST_GREEK] + base + _script(head[0], body)
    if head["second"]:
        return stem + _convert_second(head["first"], shelf.get(head[0][-1]), body, shelf)
    if head["mark"]:
        return stem + _convert_link(head[0], body, shelf)
    if name in words.DROPPED:
        return stem.rstrip(" ~")
    if name == "sqrt" and head["option"]:
        stem += _script("^", head["option"])
    if head["command"] or name in words.FONTS or name in words.WITH_ARGUMENTS:
        gap = " " if _WORD_END.match(stem[-1:]) and _MARK.match(body) else ""
        return stem + gap + _convert_command(name, body, shelf)
    return stem + _convert_word(head[0], body, shelf)


def _convert_group(body: str, shelf: _Shelf, *, after: str = "") -> str:
    if body.strip() in words.SYMBOLS:
        return words.SYMBOLS[body.strip()]
    # `1{8}` was a fraction: without its braces it would be another number.
    is_fraction = len(after) == 1 and after.isascii() and after.isalnum() and _NUMBER.match(body)
    if is_fraction or (_SET.match(body) and not (body == "" and after.isalnum())):
        return shelf.put("{") + _name_symbols(body) + shelf.put("}")
    return f" ({body})" if after.isalnum() and _MARK.match(body) else body


def _convert_word(word: str, body: str, shelf: _Shelf) -> str:
    """A word glued to a group, such as `Le{a}rner`, or the colour of a lost `\\textcolor`."""
    return body if words.COLOR.fullmatch(word) else word + _convert_group(body, shelf, after=word)


def _convert_command(name: str, body: str, shelf: _Shelf) -> str:
    if name in words.TWO_ARGUMENTS:
        return f"\\{name}{shelf.put(body)}"
    if name in words.ACCENTS and not body.lstrip("\\")[:1].isalpha():
        return f"\\{name}{shelf.put('{')}{body}{shelf.put('}')}"  # a program's `\d{2}`
    if name in words.FONTS or (name in words.ACCENTS and len(body) > 2 and body[0] != "\\"):
        return body
    if name in ("textsuperscript", "textsubscript"):
        return _script("^" if name == "textsuperscript" else "_", body)
    if name == "footnote":
        return f" ({body})"
    if name == "color":
        return "" if words.COLOR.fullmatch(body) else body
    if name in words.ACCENTS or name in words.PARSED:
        return _parse(f"\\{name}{{{_BARE_SIGN.sub(_BACKSLASH, body)}}}")
    return (_find_symbol(name) or ("" if body else name)) + body


def _convert_second(name: str, first: str, second: str, shelf: _Shelf) -> str:
    if name == "href":
        return _convert_link(shelf.put(first), second, shelf)
    if name.endswith("frac"):
        return "/".join(arg if arg.isalnum() else f"({arg})" for arg in (first, second))
    return second


def _convert_link(mark: str, body: str, shelf: _Shelf) -> str:
    address, label = shelf.restore(mark), shelf.restore(body).strip().rstrip(".").lower()
    if not re.search(r"\w/|www\.|\w\.\w", address):
        return mark + _convert_group(body, shelf)
    is_address = re.match(r"https?:|[\w.-]+\.[a-z]{2,9}/", label) or label in address.lower()
    return mark if is_address or words.POINTER.fullmatch(label) else f"{body.strip()} ({mark})"


_BARE_SUPERSCRIPT = re.compile(
    r"(?<=[^\W_]|[)\]|}∇∞])\^(?:(-?\d+)(?!\d|\.\d)|\((-?\d+)\)"
    r"|([*+](?!\w)|[∘⊤∗⋆†]|(?:star|ast|top|dagger|prime|th)(?![a-z])|circ))"
)
_BARE_SUBSCRIPT = re.compile(
    rf"(?:(?:(?<![A-Za-z0-9_.\\/-])(?:[A-Za-z]|log|(?:{words.ELEMENT})+)|(?<=-)[A-Z]"
    rf"|(?<=[₀-₉])(?:{words.ELEMENT})+|[\u0370-\u03ffℓ)])_\d{{1,3}}(?![a-z0-9_@]|\.[a-z0-9])"
    r"|(?<=[\u0370-\u03ff])_\d\.\d(?!\w))"
)
_LONGEST_SCRIPT = 100  # nested a thousand deep, each level would search all those within
_GREEK_BEFORE_SCRIPT = re.compile(rf"{_GREEK_WORD}(?=\^[\w*+(-]|_\d|_[A-Za-z](?![A-Za-z0-9_]))")


def _convert_scripts(text: str) -> str:
    text = _GREEK_BEFORE_SCRIPT.sub(_name_symbol, text)
    text = _BARE_SUPERSCRIPT.sub(lambda match: _script("^", match[match.lastindex or 0]), text)
    return _BARE_SUBSCRIPT.sub(
        lambda match: match[0].replace("_", "").translate(words.SUBSCRIPTS), text
    )


def _script(sign: str, body: str) -> str:
    body = body.strip().lstrip(",")
    if body.isalpha():
        body = words.SYMBOLS.get(body, body)
    elif len(body) < _LONGEST_SCRIPT:
        body = _name_symbols(body)
    if sign == "^" and body in words.RAISED:
        return words.RAISED[body]
    if sign == "^" and re.fullmatch(r"[-+]?\d+[+-]?", body):
        return body.translate(words.SUPERSCRIPTS)
    if sign == "_" and re.fullmatch(r"[-+]?\d+(?:[.,]\d+)*", body):
        return body.translate(words.SUBSCRIPTS)
    return (
        sign + body
        if re.fullmatch(r"[A-Za-z]*|\w|\d+\.\d+|\([^()]*\)", body)
        else f"{sign}({body})"
    )


_MACRO = re.compile(
    r"""\\(?:(?P<letter>o|O|l|L|ss|ae|AE|oe|OE|aa|AA|i|j)(?![A-Za-z])\s?
    |text(?P<dash>em|en)dash(?![A-Za-z])\s*
    |(?P<accent>["'`^~=.]|[cvk](?=\s))\s?(?P<under>\\[ij](?![A-Za-z])|[A-Za-z])
    |(?P<name>[A-Za-z]+)\*?)""",
    re.VERBOSE,
)


def _convert_macro(match: re.Match[str]) -> str:
    if match["letter"]:
        return _parse(f"\\{match['letter']}")
    if match["dash"]:
        return "—" if match["dash"] == "em" else "–"
    if match["accent"]:
        return _parse(f"\\{match['accent']}{{{match['under']}}}")
    spoken = _name_macro(match["name"])
    return spoken.rstrip(".") if match.string.startswith(".", match.end()) else spoken


def _name_macro(name: str) -> str:
    symbol = _find_symbol(name)
    if symbol is not None:
        return symbol
    if name in words.EMPTY_ALONE:
        return ""
    # An author's own macro stands for a name that nobody can know here; a single letter, as in
    # `\n` or `\d`, is a program's.
    return name if len(name) > 1 else f"\\{name}"


@cache
def _parser() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text  # 30 ms: only where it is needed

    return LatexNodes2Text(math_mode="text", keep_comments=True)


def _find_symbol(name: str) -> str | None:
    if name in words.COMMANDS:
        return words.COMMANDS[name]
    spec = _parser().latex_context.get_macro_spec(name)
    replacement = spec.simplify_repl if spec else None
    # A function or a `%` wants arguments; `\input` is among these, and would read a file.
    is_symbol = isinstance(replacement, str) and "%" not in replacement
    return _parse(f"\\{name}") if is_symbol else None


def _parse(latex: str) -> str:
    return str(_parser().latex_to_text(latex))


# A tie joins two words; before a number on its own, and within a range, `~` means "about".
_TIE = re.compile(
    r"~(?:[a-z]{2,}(?:19|20)\d\d[a-z]|(?:19|20)\d\d[a-z]{3}|(?:sec|fig|tab|eq):)[\w-]*"
    r"|(?<=\w)~(?=[\s.,;:)]|\Z)"
    r"|(?<=[\w.)\]%,;:!?”’])(?P<tie>~(?=[^\s~/\d])(?!\w{1,3}\()|(?<!\d)(?<!\d[KMBkmbx%])~(?=\d))"
)
_QUOTED = re.compile(
    r"""(?:``|(?<![\w"'])''(?=[\w<]))([^`"]{1,200}?)(?:''|``(?!\w)|")"""
    r"""|(?<![\w"'])"(?=[^\s"])([^`"]{1,200}?)''"""
)
_SINGLY_QUOTED = re.compile(r"(?<![`\w])`(?=[^\s`])([^`]{1,80}?)(?<=\S)'(?![\w'])")
_DASH = re.compile(r"(?<![-<!>|=])(?:(?<=\S)---?(?=[^-<>|;)])|(?<=\s)---?(?=\s))(?![-<>|])")


def _convert_prose(text: str) -> str:
    if "^" in text or "_" in text:
        text = _convert_scripts(text)
    for word, pattern in words.BARE.items():
        if word in text:
            text = pattern.sub(words.SYMBOLS[word], text)
    if "∼" in text or "∘" in text:
        text = re.sub(r"(?:(?<=[\s(\[,\d])|^)∼ ?(?=[\d+])", "~", re.sub(r"(?<=\d)∘", "°", text))
    if "~" in text:
        text = _TIE.sub(lambda match: " " if match["tie"] else "", text)
    if "`" in text or "''" in text:
        text = _SINGLY_QUOTED.sub(r"‘\1’", _QUOTED.sub(r"“\1\2”", text)).replace("``", "“")
    if "--" in text:
        text = _DASH.sub(lambda match: "–" if len(match[0]) == 2 else "—", text)
    if "left(" in text:
        text = re.sub(r"(?<![a-z])left\(\s*([^()]{1,200}?)\s*right\)", r"(\1)", text)
    return re.sub(r"(?<=[.!?])\s%\s?(?=[A-Za-z])", " ", text) if "%" in text else text
