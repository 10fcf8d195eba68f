"""The words and signs of LaTeX, and what each means in Unicode."""

from __future__ import annotations

import re


def _table(pairs: str) -> dict[str, str]:
    words = pairs.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


GREEK = _table(
    "alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ"
    " nu ν xi ξ pi π rho ρ sigma σ tau τ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ"
    " Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω varepsilon ε varphi φ vartheta θ"
)
# None of these is an English word: each is LaTeX wherever it stands alone in prose. The longer
# arrow comes before the shorter, which it ends in.
UNMISTAKABLE = _table(
    "leq ≤ geq ≥ neq ≠ infty ∞ propto ∝ cdot · leftrightarrow ↔ rightarrow → leftarrow ←"
    " Rightarrow ⇒ uparrow ↑ downarrow ↓ varepsilon ε varphi φ vartheta θ langle ⟨ rangle ⟩"
    " lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋"
) | dict.fromkeys(_names("boldsymbol mathcal mathbb mathbf mathrm"), "")
# These count alone in braces, too; in prose some of them are English, or part of a name.
SYMBOLS = (
    GREEK
    | UNMISTAKABLE
    | _table("times × pm ± approx ≈ sim ∼ circ ∘ deg ° ell ℓ nabla ∇ prod ∏ ast * ldots … cdots …")
)
# These are words, and count between other mathematics only.
MATHEMATICAL = SYMBOLS | _table("partial ∂ sum ∑ le ≤ ge ≥ star * dots …")
# Words that lost their backslash, where they stand for a symbol. Each pattern begins with its
# word, which makes the search quick; what must stand before it is looked up backwards over it.
_CONTEXTS = {
    word: r"(?![a-z_])" if "arrow" in word else rf"(?<![A-Za-z\\_.]{word})(?![A-Za-z_])"
    for word in UNMISTAKABLE
} | {
    "times": (
        r"(?:(?<=[0-9°²³¹⁰-⁹]times)(?![a-z])(?: (?=\d))?|(?<![A-Za-z]times)(?=\d)"
        r"|(?<=[0-9²³¹⁰-⁹] times)(?=\s\d))"
    ),
    "sim": r"(?:(?<=\dsim)(?= ?\d)|(?<![\w-]sim)[! ]?(?=[+\d])(?!\d[a-z]{3}))",
    "approx": r"(?<![A-Za-z]approx)(?= ?-?\d)",
    "pm": r"(?:(?<=\dpm)(?=\d)|(?<!\d pm)(?<![\w.]pm) ?(?=\d))",
    "Delta": r"(?=\d+(?:\.\d+)?%)",
}
BARE = {word: re.compile(word + context) for word, context in _CONTEXTS.items()}
# A real backslash would begin a command when the text is cleaned again, hence ∖.
COMMANDS = (
    MATHEMATICAL
    | _table(
        "eg e.g. ie i.e. etc etc. wrt w.r.t. vs vs. degree ° S § P ¶ item • euro € copyright ©"
        " checkmark ✓ cmark ✓ xmark ✗ textgreater > textless < textbackslash ∖ backslash ∖"
    )
    | {"etal": "et al."}
    | dict.fromkeys(_names("quad qquad newline linebreak par today"), " ")
    | dict.fromkeys(_names("xspace noindent centering left right displaystyle"), "")
)
FONTS = _names(
    "text textit textbf texttt textsc textsf textrm textmd textup textsl textnormal emph mbox hbox"
    " mathcal mathrm mathbf mathit mathsf mathtt boldsymbol bm underline uline url path"
    " operatorname ensuremath underbrace it em bf tt sc rm sl sf bfseries itshape ttfamily"
)
# They point into a paper that the reader of an email does not have at hand.
DROPPED = _names(
    "cite citep citet citealp citeauthor citeyear parencite textcite autocite ref eqref cref Cref"
    " autoref label begin end vspace hspace includegraphics thanks"
)
TWO_ARGUMENTS = _names("frac dfrac tfrac href textcolor colorbox")
WITH_ARGUMENTS = TWO_ARGUMENTS | _names(
    "footnote color textsuperscript textsubscript mathbb sqrt tilde"
)
# Commands with an argument that are worth the parser. All others are unwrapped instead.
PARSED = _names("sqrt mathbb mathfrak hat bar tilde vec dot ddot check breve acute grave")
EMPTY_ALONE = FONTS | DROPPED | PARSED | WITH_ARGUMENTS
COLOR = re.compile(
    r"(?:my)?(?:red|blue|green|teal|orange|magenta|cyan|purple|violet|gr[ae]y|black|brown|pink)"
)
POINTER = re.compile(r"here|link|(?:this )?(?:https? )?url|this(?: link| repository)?")
ACCENTS = frozenset("\"'`^~=.cvuHrkdbt")
RAISED = _table(
    "* * ast * star * ∗ * ⋆ * + ⁺ - ⁻ ∘ ° circ ° ° ° top ᵀ ⊤ ᵀ dagger † † † prime ′ ′ ′ ' ′"
    " th th st st nd nd rd rd"
)
SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
SUBSCRIPTS = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")

ELEMENT = (
    "A[cglmrstu]|B[aeikr]?|C[adeflmorsu]?|D[bsy]|E[rsu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?"
    "|L[aiuv]|M[cdgnot]?|N[abdeiop]?|O[gs]?|P[abdmortu]?|R[abefghnu]|S[bcegimnr]?|T[abceihlm]"
    "|U|V|W|Xe?|Yb?|Z[nr]"
)
