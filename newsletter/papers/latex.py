"""LaTeX to Unicode for titles and abstracts.

What arrives is half-stripped: most `$` are gone, some commands kept their backslash and some
lost it (`textit{O}bstacles`, `360^circ`, `3.4times`). A parser run over a whole abstract
therefore does harm: it deletes all that follows a `%` and eats the money in `$5 … $10`. So prose
never meets the parser. Regular expressions find the islands of LaTeX, resolve the common forms
themselves and give pylatexenc (https://pylatexenc.readthedocs.io) only what it knows better:
accents, and the hundreds of named symbols.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

# What LaTeX is made of; where none of these stands, words alone can give it away.
_SIGNS = ("\\", "{", "}", "^", "_", "~", "`", "$", "''", "--", ". %", "left(")

_GREEK = {
    name: unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    for case, names in {
        "SMALL": "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho"
        " sigma tau upsilon phi chi psi omega",
        "CAPITAL": "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
    }.items()
    for name in names.split()
}
# No English word among these: each is LaTeX wherever it stands alone in prose.
_UNMISTAKABLE = {
    **{"leq": "≤", "geq": "≥", "neq": "≠", "infty": "∞", "propto": "∝", "cdot": "·"},
    **{"rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒", "leftrightarrow": "↔"},
    **{"uparrow": "↑", "downarrow": "↓", "varepsilon": "ε", "varphi": "φ", "vartheta": "θ"},
    **{"langle": "⟨", "rangle": "⟩", "lceil": "⌈", "rceil": "⌉", "lfloor": "⌊", "rfloor": "⌋"},
    **{"boldsymbol": "", "mathcal": "", "mathbb": "", "mathbf": "", "mathrm": ""},
}
# Words of these that are English, too, count only in mathematics or alone in braces.
_SYMBOLS = {
    **_GREEK,
    **_UNMISTAKABLE,
    **{"times": "×", "pm": "±", "approx": "≈", "sim": "∼", "circ": "∘", "deg": "°", "ell": "ℓ"},
    **{"nabla": "∇", "ast": "*", "star": "*", "dots": "…", "ldots": "…", "cdots": "…"},
    **{"le": "≤", "ge": "≥", "sum": "∑", "prod": "∏", "partial": "∂"},
}
_COMMANDS = {
    **_SYMBOLS,
    **{"eg": "e.g.", "ie": "i.e.", "etc": "etc.", "etal": "et al.", "wrt": "w.r.t.", "vs": "vs."},
    **{"degree": "°", "S": "§", "P": "¶", "item": "•", "euro": "€", "copyright": "©"},
    **{"checkmark": "✓", "cmark": "✓", "xmark": "✗", "textgreater": ">", "textless": "<"},
    # A backslash would start a command when the text is cleaned again.
    **{"textbackslash": "∖", "backslash": "∖", "setminus": "∖"},
    **dict.fromkeys(("quad", "qquad", "newline", "linebreak", "par", "today"), " "),
    **dict.fromkeys(("xspace", "protect", "noindent", "centering", "left", "right", "big"), ""),
    **dict.fromkeys(("ensuremath", "limits", "nolimits", "displaystyle", "maketitle"), ""),
}
_FONTS = frozenset(
    "text textit textbf texttt textsc textsf textrm textmd textup textsl textnormal emph mbox"
    " mathcal mathrm mathbf mathit mathsf mathtt mathnormal boldsymbol bm underline uline url path"
    " operatorname hbox fbox ensuremath underbrace overbrace protect uppercase lowercase"
    " it em bf tt sc rm sl sf bfseries itshape ttfamily scshape sffamily".split()
)
# Pointers into a paper that the reader of an email does not have before him.
_DROPPED = frozenset(
    "cite citep citet citealp citeauthor citeyear parencite textcite autocite ref eqref cref Cref"
    " autoref pageref label begin end vspace hspace includegraphics thanks".split()
)
_COLORS = frozenset(
    "red blue green teal orange magenta cyan purple violet gray grey black white brown pink yellow"
    " mypink myred myblue mygreen".split()
)
_POINTERS = frozenset(
    "here|link|url|this|this link|this url|this http url|this https url|this repository".split("|")
)
_ACCENTS = frozenset("\"'`^~=.cvuHrkdbt")

_SUPERSCRIPTS = str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")  # noqa: RUF001
_SUBSCRIPTS = str.maketrans("0123456789+-=", "₀₁₂₃₄₅₆₇₈₉₊₋₌")
_RAISED = {
    **{"*": "*", "ast": "*", "star": "*", "∗": "*", "⋆": "*", "+": "⁺", "-": "⁻"},  # noqa: RUF001
    **{"∘": "°", "circ": "°", "°": "°", "top": "ᵀ", "⊤": "ᵀ", "dagger": "†", "†": "†"},
    **{"prime": "′", "′": "′", "'": "′"},  # noqa: RUF001
}
_ELEMENTS = (
    "A[cglmrstu]|B[aeikr]?|C[adeflmorsu]?|D[bsy]|E[rsu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?"
    "|L[aiuv]|M[cdgnot]|N[abdeiop]?|O[gs]?|P[abdmortu]?|R[abefghnu]|S[bcegimnr]?|T[abceihlm]"
    "|U|V|W|X[e]?|Yb?|Z[nr]"
)


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
    # Plain loops: nine texts in ten end here, and a generator would cost more than the search.
    for sign in _SIGNS:  # noqa: SIM110
        if sign in text:
            return True
    for word, (pattern, _) in _WORDS.items():  # noqa: SIM110
        if word in text and pattern.search(text):
            return True
    return False


def _convert(text: str) -> str:
    shelf = _Shelf()
    if _SHELVED.search(text):
        return text
    text = shelf.put_addresses(text)
    text = _convert_mathematics(text)
    if "\\" in text:
        text = _convert_escapes(text, shelf)
    if "{" in text:
        text = _convert_groups(text, shelf)
    if "\\" in text:
        text = _MACRO.sub(_convert_macro, text)
    return shelf.restore(_convert_prose(text))


# --- what must not be touched lies on a shelf -------------------------------------------------

_SHELVED = re.compile("[\U00100000-\U0010ffff]")
_VERBATIM = re.compile(r"\\verb\*?([^\w\s*])([^\n]{0,200}?)\1")
_IN_ADDRESS = r"(?:[^\s{}<>\"'`\\]|\\[_%&#~$-])"
# Each is tried only where its sign stands; most begin with a literal, which makes them quick.
_ADDRESSES = {
    "://": re.compile(rf"https?://{_IN_ADDRESS}*(?:[^\s{{}}<>\"'`\\.,;:!?)\]$]|\\[_-])"),
    "www.": re.compile(rf"www\.{_IN_ADDRESS}*(?:[^\s{{}}<>\"'`\\.,;:!?)\]$]|\\[_-])"),
    "/": re.compile(rf"(?<![\w.-])(?:[\w-]{{1,63}}\.){{1,5}}[a-z]{{2,9}}/{_IN_ADDRESS}*[\w/]"),
    "@": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-][\w.-]{0,250}\w"),
    ":\\": re.compile(r"(?<!\w)[A-Za-z]:\\[^\s{}]*"),
}
_DOMAIN_END = re.compile(r"\.[a-z]{2,9}/")


class _Shelf:
    """Keeps pieces of a text out of reach: each is stood for by one private character."""

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
            if sign in text and (sign != "/" or _DOMAIN_END.search(text)):
                text = pattern.sub(self._put_address, text)
        return text

    def _put_address(self, match: re.Match[str]) -> str:
        if match[0][1:3] == ":\\":
            return self.put(match[0])
        return self.put(re.sub(r"\\([_%&#~$-])", r"\1", match[0]))

    def get(self, mark: str) -> str:
        return self._pieces[ord(mark) - 0x100000]

    def restore(self, text: str) -> str:
        return _SHELVED.sub(lambda match: self.restore(self.get(match[0])), text)


# --- $…$ and \(…\) ----------------------------------------------------------------------------

# Money has a digit after its sign and a blank before the next one; mathematics hugs its signs.
_DOLLARS = re.compile(r"(?<![\w$\\])\$\$?(?![\s$])([^$]{1,200}?)(?<![\s\\=])\$\$?(?![\d$])")
_PARENTHESES = re.compile(r"\\\(\s?(.{1,300}?)\s?\\\)|\\\[\s?(.{1,300}?)\s?\\\]", re.DOTALL)
_MATHEMATICAL = re.compile(
    r"[\\^_{}=<>|+*]|^[A-Za-z\u0370-\u03ff]{1,2}$|^[A-Za-z]\([\w, ]*\)$|^[-+]?\d+(?:[.,]\d+)*%?$"
)
_WORD_IN_MATHEMATICS = re.compile(
    rf"(?<![A-Za-z\\])(?:{'|'.join(sorted(_SYMBOLS, key=len, reverse=True))})(?![A-Za-z])"
    r"|(?<=(?<![A-Za-z])[A-Za-z])times(?![a-z])"
)


def _convert_mathematics(text: str) -> str:
    if "$" in text:
        text = _DOLLARS.sub(_strip_dollars, text)
    if "\\(" in text or "\\[" in text:
        text = _PARENTHESES.sub(lambda m: _name_symbols(m[1] or m[2]), text)
    return text


def _strip_dollars(match: re.Match[str]) -> str:
    return _name_symbols(match[1]) if _MATHEMATICAL.search(match[1]) else match[0]


def _name_symbols(mathematics: str) -> str:
    return _WORD_IN_MATHEMATICS.sub(lambda match: _SYMBOLS[match[0]], mathematics)


# --- \% \& \, \" and the like -----------------------------------------------------------------

_ESCAPE = re.compile(
    r"""\\(?:
    (?P<plain>[%&\#_$]|[~^](?![A-Za-z{\\])|"(?![A-Za-z{\\])|`(?![A-Za-z{\\])|'(?![A-Za-z{\\]))
    |(?P<brace>[{}])
    |(?P<apostrophe>(?<=\w\\)'(?=s\b))
    |(?P<blank>\\|[\s,;:>])
    |(?P<nothing>[!/@()\[\]-])
    |(?P<count>\d(?=\)))
    |(?P<money>\d))""",
    re.VERBOSE,
)


def _convert_escapes(text: str, shelf: _Shelf) -> str:
    def convert(match: re.Match[str]) -> str:
        kind, escaped = match.lastgroup, match[0][1:]
        if kind == "brace":
            return shelf.put(escaped)
        if kind == "money":
            return f"${escaped}"  # the archive's `\5` was `\$5`
        return {"blank": " ", "nothing": "", "apostrophe": "'"}.get(str(kind), escaped)

    return _ESCAPE.sub(convert, text)


# --- {…} and the command before it ------------------------------------------------------------

_TWO_ARGUMENTS = r"\\(?:frac|dfrac|tfrac|href|textcolor|colorbox)"
_HEAD = re.compile(
    rf"(?:{_TWO_ARGUMENTS}\s?[\U00100000-\U0010ffff]"
    r"|\\[A-Za-z]+\*?\s?(?:\[[^\[\]]*\])?|\\[^\sA-Za-z]|[_^]"
    r"|(?<![A-Za-z])[A-Za-z]+|[\U00100000-\U0010ffff])$"
)
_LONGEST_HEAD = 80
_SWITCH = re.compile(
    r"^\s*(?:\\(?:it|em|bf|tt|sc|rm|sl|sf|bfseries|itshape|ttfamily|scshape)(?![A-Za-z])\s*"
    r"|(?:bf|tt|rm|sc|sf)\s+)"
)
_SET = re.compile(r"[,:=\"'].*\S|^$")
_LONGEST_SET = 60


def _convert_groups(text: str, shelf: _Shelf) -> str:
    levels = [""]
    for piece in re.split(r"([{}])", text):
        if piece == "{":
            levels.append("")
        elif piece == "}" and len(levels) > 1:
            body = levels.pop()
            levels[-1] = _attach(levels[-1], body, shelf)
        else:
            levels[-1] += piece
    return "{".join(levels)


def _attach(before: str, body: str, shelf: _Shelf) -> str:
    """`before` with the group {`body`} that follows it resolved."""
    match = _HEAD.search(before[-_LONGEST_HEAD:])
    head = match[0] if match else ""
    stem = before[: len(before) - len(head)]
    if not head:
        return stem + _convert_group(body, shelf, after_digit=stem[-1:].isdigit())
    if head in "_^":
        return stem + _script(head, body)
    if head[0] == "\\":
        name = head[1:].split("[")[0].rstrip("* \n")
        return _drop(stem) if name in _DROPPED else stem + _convert_command(name, head, body, shelf)
    if _SHELVED.match(head):
        return stem + _convert_link(head, body, shelf)
    return stem + _convert_bare_command(head, body, shelf)


def _drop(stem: str) -> str:
    return stem.rstrip(" ~\n")


def _convert_group(body: str, shelf: _Shelf, *, after_digit: bool = False) -> str:
    body = _SWITCH.sub("", body)
    if body.strip() in _SYMBOLS:
        return _SYMBOLS[body.strip()]
    # `1{8}` was a fraction; without its braces it would be another number.
    is_set = len(body) <= _LONGEST_SET and _SET.search(body)
    if is_set or (after_digit and body[:1].isalnum()):
        return shelf.put("{") + _name_symbols(body) + shelf.put("}")
    return body


def _convert_command(name: str, head: str, body: str, shelf: _Shelf) -> str:
    if _SHELVED.match(head[-1]):
        return _convert_second_argument(name[:-1].rstrip(), shelf.get(head[-1]), body, shelf)
    if re.match(rf"{_TWO_ARGUMENTS}$", f"\\{name}"):
        return head + shelf.put(body)
    if name in _FONTS or (name in _ACCENTS and len(body) > 2 and "\\" not in body):
        return body
    if name in ("textsuperscript", "textsubscript"):
        return _script("^" if name == "textsuperscript" else "_", body)
    if name == "footnote":
        return f" ({body})"
    if name == "color":
        return "" if body in _COLORS else body
    if _knows(name):
        return _parse(f"{head}{{{_escape(body)}}}")
    return _COMMANDS.get(name, "" if body else name) + body


def _convert_second_argument(name: str, first: str, second: str, shelf: _Shelf) -> str:
    if name == "href":
        return _convert_link(shelf.put(first), second, shelf)
    if name.endswith("frac"):
        return f"{_operand(first)}/{_operand(second)}"
    return second


def _operand(body: str) -> str:
    return body if re.fullmatch(r"\w*|\\\w+", body) else f"({body})"


def _convert_bare_command(word: str, body: str, shelf: _Shelf) -> str:
    if word in _FONTS and word != "url" or word in _COLORS:
        return body
    return word + (_convert_group(body, shelf) if body else "")


def _convert_link(mark: str, body: str, shelf: _Shelf) -> str:
    address = shelf.restore(mark)
    if not re.search(r"[\w/]/|www\.|\w\.\w", address):
        return mark + _convert_group(body, shelf)
    words = shelf.restore(body).strip()
    is_address = _DOMAIN_END.search(f"{words.split('(')[0]}/") or words.rstrip(".") in address
    if is_address or words.lower().rstrip(".") in _POINTERS:
        return mark
    return f"{body.strip()} ({mark})"


# --- x^2 and x_2 ------------------------------------------------------------------------------

_BARE_SUPERSCRIPT = re.compile(
    r"(?<=[^\W_]|[∇∞])\^(-?\d+)(?![\d]|\.\d)|(?<=[)\]|}])\^(-?\d+)(?![\d]|\.\d)"
    r"|(?<=[^\W_])\^\((-?\d+)\)|(?<=[^\W_]|[)\]])\^([*+](?!\w)|(?:star|ast|top|dagger|prime)(?![a-z])|circ)"
)
_BARE_SUBSCRIPT = re.compile(
    rf"(?:(?<![A-Za-z0-9_.\\/-])(?:[A-Za-z]|log|ell|(?:{_ELEMENTS})+)|(?<=-)[A-Z]|(?<=[₀-₉])(?:{_ELEMENTS})+"
    r"|[\u0370-\u03ffℓ)])_(\d{1,3})(?![a-z0-9_@]|\.[a-z0-9])"
)


def _script(sign: str, body: str) -> str:
    body = _name_symbols(_MACRO.sub(_convert_macro, body).strip().lstrip(","))
    if sign == "^" and body in _RAISED:
        return _RAISED[body]
    if sign == "^" and re.fullmatch(r"[-+]?\d+[+-]?", body):
        return body.translate(_SUPERSCRIPTS)
    if sign == "_" and re.fullmatch(r"[-+]?\d+(?:[.,]\d+)*", body):
        return body.translate(_SUBSCRIPTS)
    return f"{sign}{body}" if re.fullmatch(r"[^\W_]*|\d+\.\d+", body) else f"{sign}({body})"


# --- \alpha, \'e, \method ---------------------------------------------------------------------

_MACRO = re.compile(
    r"""\\(?:
    (?P<letter>o|O|l|L|ss|ae|AE|oe|OE|aa|AA|i|j)(?![A-Za-z])\s?
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
    ends_in_stop = match.string[match.end() : match.end() + 1] == "."
    spoken = _name_macro(match["name"])
    return spoken.rstrip(".") if ends_in_stop else spoken


def _name_macro(name: str) -> str:
    if name in _COMMANDS:
        return _COMMANDS[name]
    if name in _FONTS or name in _DROPPED:
        return ""
    if len(name) == 1:
        return f"\\{name}"  # `\n`, `\d`: program text rather than LaTeX
    # An author's own macro stands for the name of his method, which nobody can know here.
    return _parse(f"\\{name}") if _knows(name) else name


@cache
def _parser() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text  # costs 30 ms: only where it is needed

    return LatexNodes2Text(math_mode="text", keep_comments=True)


def _knows(name: str) -> bool:
    return _parser().latex_context.get_macro_spec(name) is not None


def _parse(latex: str) -> str:
    return str(_parser().latex_to_text(latex))


def _escape(body: str) -> str:
    return re.sub(r"(?<!\\)[%&#$]", r"\\\g<0>", body)


# --- what is left in prose: scripts, words that lost their backslash, ties, quotes, dashes ----

_GREEK_BEFORE_SCRIPT = re.compile(
    rf"(?<![A-Za-z\\_./])(?:{'|'.join([*_GREEK, 'nabla', 'ell'])})"
    r"(?=\^[\w*+({-]|_\d|_[A-Za-z](?![A-Za-z0-9_]))"
)
# Each pattern begins with its word, which makes the search quick; what must stand before it is
# looked up backwards over the word.
_WORDS = {
    **{
        word: (re.compile(rf"{word}(?<![A-Za-z\\_.]{word})(?![A-Za-z_])"), symbol)
        for word, symbol in _UNMISTAKABLE.items()
    },
    "times": (
        re.compile(
            r"times(?:(?<=[0-9°²³¹⁰-⁹]times)(?![a-z])|(?<![A-Za-z]times)(?=\d)"
            r"|(?<=[0-9²³¹⁰-⁹] times)(?=\s\d))"
        ),
        "×",
    ),
    "sim": (
        re.compile(r"sim(?:(?<=\dsim)(?= ?\d)|(?<![\w-]sim)[! ]?(?=[+\d])(?!\d[a-z]{3}))"),
        "∼",
    ),
    "approx": (re.compile(r"approx(?<![A-Za-z]approx)(?= ?[\d-])"), "≈"),
    "pm": (re.compile(r"pm(?:(?<=\dpm)(?=\d)|(?<!\d pm)(?<![\w.]pm) ?(?=\d))"), "±"),
    "Delta": (re.compile(r"Delta(?=\d+(?:\.\d+)?%)"), "Δ"),
}
_TIE = re.compile(
    r"~(?:[a-z]{2,}(?:19|20)\d\d[a-z]|(?:19|20)\d\d[a-z]{3})\w*|(?<=\w)~(?=[\s.,;:)]|$)"
    r"|(?<=[\w.)\]%,;:!?”’])(?P<tie>~(?=[^\s~/\d])|(?<!\d)(?<!\d[KMBkmbx%])~(?=\d))"
)
_QUOTED = re.compile(
    r"""(?P<open>``|(?<![\w"'])''(?=[\w<])|(?<![\w"'])"(?=[^\s"]))(?P<words>[^`"]{1,200}?)"""
    r"""(?P<close>''|``(?!\w)|")"""
)
_SINGLY_QUOTED = re.compile(r"(?<![`\w])`(?=[^\s`])([^`]{1,80}?)(?<=\S)'(?![\w'])")
_DASH = re.compile(r"(?<![-<!>|=])(?:(?<=\S)---?(?=[^-<>|;)])|(?<=\s)---?(?=\s))(?![-<>|])")


def _convert_prose(text: str) -> str:
    if "^" in text or "_" in text:
        text = _convert_scripts(text)
    for word, (pattern, symbol) in _WORDS.items():
        if word in text:
            text = pattern.sub(symbol, text)
    if "∼" in text or "∘" in text:
        text = re.sub(r"(?:(?<=[\s(\[,\d])|^)∼ ?(?=[\d+])", "~", re.sub(r"(?<=\d)∘", "°", text))
    if "~" in text:
        text = _TIE.sub(lambda match: " " if match["tie"] else "", text)
    if "`" in text or "''" in text:
        text = _SINGLY_QUOTED.sub(r"‘\1’", _QUOTED.sub(_curl, text)).replace("``", "“")
    if "--" in text:
        text = _DASH.sub(lambda match: "–" if len(match[0]) == 2 else "—", text)
    return re.sub(r"(?<=[.!?])\s%\s?(?=[A-Za-z])", " ", text) if "%" in text else text


def _convert_scripts(text: str) -> str:
    text = _GREEK_BEFORE_SCRIPT.sub(lambda match: _SYMBOLS[match[0]], text)
    text = _BARE_SUPERSCRIPT.sub(lambda m: _script("^", next(filter(None, m.groups()))), text)
    return _BARE_SUBSCRIPT.sub(lambda match: match[0].replace("_", "").translate(_SUBSCRIPTS), text)


def _curl(match: re.Match[str]) -> str:
    if match["open"] == match["close"] == '"':
        return match[0]
    return f"“{match['words']}”"
