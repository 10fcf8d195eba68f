"""LaTeX comes out as the Unicode a reader expects, and everything else as it went in."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recorded
from newsletter.papers import latex_words as words
from newsletter.papers.latex import to_unicode
from newsletter.papers.text import clean

ARCHIVE = recorded.FOLDER / "daily_papers_archive.jsonl.gz"

TITLES = [
    ("L^2M^3OF: A Large Language Multimodal Model", "L²M³OF: A Large Language Multimodal Model"),
    (
        "nabla^2DFT: A Universal Quantum Chemistry Dataset",
        "∇²DFT: A Universal Quantum Chemistry Dataset",
    ),
    ("Neural Representation (SL^{2}A-INR)", "Neural Representation (SL²A-INR)"),
    ("H^{3}DP: Triply-Hierarchical Diffusion Policy", "H³DP: Triply-Hierarchical Diffusion Policy"),
    (
        "R^textbf{2AI}: Towards Resistant and Resilient AI",
        "R²AI: Towards Resistant and Resilient AI",
    ),
    ("via texttt{D}ual-texttt{H}ead texttt{O}ptimization", "via Dual-Head Optimization"),
    ("Codebook Size 2^{128}", "Codebook Size 2¹²⁸"),
    ("χ_{0}: Resource-Aware Robust Manipulation", "χ₀: Resource-Aware Robust Manipulation"),
    (
        "μ_0: A Scalable 3D Interaction-Trace World Model",
        "μ₀: A Scalable 3D Interaction-Trace World Model",
    ),
    ("V_{0.5}: Generalist Value Model", "V₀.₅: Generalist Value Model"),
    ("FaSTA^*: Fast-Slow Toolpath Agent", "FaSTA*: Fast-Slow Toolpath Agent"),
    ("360^circ Panorama World", "360° Panorama World"),
    ("Towards infty-LLMs", "Towards ∞-LLMs"),
    ("RobotArena infty: Scalable Robot Benchmarking", "RobotArena ∞: Scalable Robot Benchmarking"),
    ("$μ$LO: Compute-Efficient", "μLO: Compute-Efficient"),
    ("Prefill \\& Decode Inference", "Prefill & Decode Inference"),
    ("\\$OneMillion-Bench: How Far", "$OneMillion-Bench: How Far"),
    (
        "A Minimal Denoising Network\\ for Time Series",
        "A Minimal Denoising Network for Time Series",
    ),
    ("CRAG -- Comprehensive RAG Benchmark", "CRAG – Comprehensive RAG Benchmark"),
    ("AC-ODM: Actor--Critic Online Data Mixing", "AC-ODM: Actor–Critic Online Data Mixing"),
    ("the role of `Constitutions' for learning", "the role of ‘Constitutions’ for learning"),
    (
        "Quantifying \"Learning'' in In-Context Learning",
        "Quantifying “Learning” in In-Context Learning",
    ),
]

FRAGMENTS = [
    # commands, with their backslash and without
    ("three critical textit{O}bstacles", "three critical Obstacles"),
    ("a method we term \\textsc{AIEV-Instruct}", "a method we term AIEV-Instruct"),
    ("the benefits of a {\\it Shallow UNet}", "the benefits of a Shallow UNet"),
    ("distant {bf MASK} tokens", "distant MASK tokens"),
    ("a MC\\textsuperscript{2} benchmark", "a MC² benchmark"),
    ("domain-aware adapters (\\ie, MOFA-Adapters)", "domain-aware adapters (i.e., MOFA-Adapters)"),
    ("enhancement and translation, \\etc. However", "enhancement and translation, etc. However"),
    ("music (e.g.\\ by changing its style)", "music (e.g. by changing its style)"),
    ("domains, including teal{Tool-use}", "domains, including Tool-use"),
    ("called \\GitChameleon{}, a novel dataset", "called GitChameleon, a novel dataset"),
    ("balancing {S}ignal {P}reservation", "balancing Signal Preservation"),
    ("tokens\\textemdash discrete units", "tokens—discrete units"),
    ("as in \\cite{vaswani2017} and~\\citep{x}.", "as in and."),
    ("windows~chen2024quantum. The", "windows. The"),
    ("Built on \\verb|do_it()| and \\texttt{snake_case}", "Built on do_it() and snake_case"),
    # accents
    ('na\\"ive, na\\"{\\i}vely', "naïve, naïvely"),
    ("Pok\\'emon and \\'Eclair", "Pokémon and Éclair"),
    ('(\\"Ust\\"un et al., 2024)', "(Üstün et al., 2024)"),
    ("It\\^o, Ma\\'nczak, Fr\\'echet, vis-\\`a-vis", "Itô, Mańczak, Fréchet, vis-à-vis"),
    ("Erd\\H{o}s, \\v{C}ech, Fran\\c{c}ois, S\\o ren", "Erdős, Čech, François, Søren"),
    ("GPT-4o\\'s content scores", "GPT-4o's content scores"),
    # scripts
    ("n^2, H_2, 10^{-3}, Q^*", "n², H₂, 10⁻³, Q*"),
    ("on UCF-101 256^2, surpassing", "on UCF-101 256², surpassing"),
    ("p < 10^(-10) within 7.1 x 10^-4", "p < 10⁻¹⁰ within 7.1 x 10⁻⁴"),
    ("our G_{stack} model", "our G_stack model"),
    ("time n^{1+o(1)}, order (1+x)^{-N/2}", "time n^(1+o(1)), order (1+x)^(-N/2)"),
    ("all 21 (C_7^2) pairwise combinations", "all 21 (C₇²) pairwise combinations"),
    ("the renowned X_2YH_6, MgB_2, CO_2, H_2O", "the renowned X₂YH₆, MgB₂, CO₂, H₂O"),
    ("pi_0, pi_{0.5} and pi_{RL}", "π₀, π₀.₅ and π_RL"),
    ("simple ell_1 regularization", "simple ℓ₁ regularization"),
    ("scale λ^star, updates k_t v_t^top", "scale λ*, updates k_t v_tᵀ"),
    ("a neighbour x_{t+i} for i > 1", "a neighbour x_(t+i) for i > 1"),
    # symbols, with their backslash and without
    ("density {\\sigma} and {\\varphi}, ({\\Delta}G)", "density σ and φ, (ΔG)"),
    (
        "3.4times faster, 512times512, 64 times 288 times 512",
        "3.4× faster, 512×512, 64 × 288 × 512",
    ),
    ("over 3.6\\times inference speedup", "over 3.6× inference speedup"),
    ("(360^circtimes180^circ), 5.15{\\deg}", "(360°×180°), 5.15°"),
    ("using only sim20% of {sim}70K, 20sim 100", "using only ~20% of ~70K, 20~100"),
    ("(leq3B parameters), A+B neq B+A", "(≤3B parameters), A+B ≠ B+A"),
    ("7 rightarrow y, 0.73rightarrow0.90", "7 → y, 0.73→0.90"),
    ("3.382pm0.233, G approx 1, O(N cdot T)", "3.382±0.233, G ≈ 1, O(N · T)"),
    ("Recall@5 (Delta3.4%)", "Recall@5 (Δ3.4%)"),
    ("$\\alpha$ and $10^{-3}$ in \\(O(n^2)\\)", "α and 10⁻³ in O(n²)"),
    ("\\frac{a_{1}}{b^{2}}, \\sqrt{n}, \\mathbb{R}, \\tilde{O}(n)", "a₁/b², √(n), ℝ, Õ(n)"),
    # signs
    ("22.0\\% of Q\\&A at 300\\,k and \\#1", "22.0% of Q&A at 300 k and #1"),
    ("1{,}879 rounds, γ{=}4, (1{+}1)", "1,879 rounds, γ=4, (1+1)"),
    ("valued at \\1 million USD, only \\$0.34", "valued at $1 million USD, only $0.34"),
    ("Track~1, models~(LLMs), 200~ms, at~$8$", "Track 1, models (LLMs), 200 ms, at 8"),
    ("``features\\\" and ``in the wild''", "“features” and “in the wild”"),
    ("``system 2 thinking`` and ''reviewer''", "“system 2 thinking” and “reviewer”"),
    ("2020--2024 and objectives---creativity", "2020–2024 and objectives—creativity"),
    ("tuning datasets. % With the increasing", "tuning datasets. With the increasing"),
    # links
    ("code: \\url{https://github.com/a/b_c}", "code: https://github.com/a/b_c"),
    ("at https://github.com/a/b{this https URL}.", "at https://github.com/a/b."),
    ("We https://github.com/a/b{open-source it}", "We open-source it (https://github.com/a/b)"),
    ("\\href{https://a.org}{project page}", "project page (https://a.org)"),
    ("\\href{https://a.org/x{https://a.org/x}}", "https://a.org/x"),
    ("https://b.co/SDXL\\_NCP\\_v0.1", "https://b.co/SDXL_NCP_v0.1"),
]

UNTOUCHED = [
    "between $5 and $10, or $5–$10, or 1$",
    "SWE-Lancer: Can LLMs Earn $1 Million",
    "a 100% share of R&D, ranking #6, C#",
    "snake_case a_b origin_wukong phi_first float8_e4m3 Q4_0 fix_1@1 imo_1960_p2",
    "x_1.py, file_2.txt, config_v2.yaml and v1_5/",
    "https://a.io/project_page/~me/x_1?y=%20&z=a--b#c^2 and a.io/d_2/e_1",
    "contact_us@lgresearch.ai, me_2@x.org",
    "about ~5% of 1~4 inputs, 60%~70%, 1M~4M tokens and ~$3 trillion",
    "ternary weights {-1, 0, 1} and {True, False}",
    'a JSON {"role": "user"} and Qwen3-{1.7B, 4B, 8B}',
    "pass^k, UI2Code^N, 3^L",
    "sim2real, sim-to-real, at 9 pm, three times 5 a day, alpha testing, a star",
    '`cat.n.01` and "quoted" and don\'t',
    "run it with --help or -v, then <!-- stop --> and x-->y",
    "<EOS>, <picture of a man>, p<0.001",
    "C:\\Users\\me and \\d+\\.\\d{2} and \\n",
    "^_^ o_O :-)",
    "version ^2.0 and x^0.5",
    "x~N(0,1)",
]


@pytest.mark.parametrize(("raw", "expected"), TITLES + FRAGMENTS)
def test_latex_reads_as_unicode(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_only_looks_like_latex_is_left_alone(text: str) -> None:
    assert to_unicode(text) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("\\input{/etc/hostname}", "/etc/hostname"),
        ("\\input /etc/hostname", "input /etc/hostname"),
        ("\\frac{a}", "a"),
        ("\\href{https://a.org}", "https://a.org"),
        ("a \\footnote{never closed", "a never closed"),
        ("never opened} here", "never opened here"),
        ("\\'{}", "\\'{}"),
        ("{}", "{}"),
        ("\\textbackslash textbf{x}", "∖ x"),
        ("a 1{8} b", "a 1{8} b"),
        ("\U00100000 \\alpha", "\U00100000 \\alpha"),
    ],
)
def test_broken_and_hostile_latex_does_no_harm(raw: str, expected: str) -> None:
    assert " ".join(to_unicode(raw).split()) == expected


@pytest.mark.parametrize(
    "piece", ["{", "}", "\\", "$", "``", "x^{", "\\textbf{", "\\frac{", "\\href{", "a~", "\\verb|"]
)
def test_a_thousand_of_anything_is_survived(piece: str) -> None:
    assert isinstance(to_unicode(piece * 1000), str)


SIGNS = list("\\{}^_~`'\"$%&#-[]()0123aekNx ,.")
WORDS = (
    "\\textbf{ textit{ \\frac{ \\href{ https://a.org/b_c times sim pi -- `` '' ^{ _{ \\( \\)"
    " \\' \\c \\alpha \\cite{ \\verb| \\\\ \\{ \\} \\input{"
)
latex_like = st.lists(
    st.one_of(st.sampled_from(SIGNS), st.sampled_from(WORDS.split(" ")), st.characters()),
    max_size=40,
).map("".join)


@given(latex_like)
@settings(deadline=None)
def test_any_text_is_converted_without_an_error(text: str) -> None:
    assert isinstance(to_unicode(text), str)


def test_importing_the_module_does_not_import_the_parser() -> None:
    program = (
        "import sys, types; package = types.ModuleType('newsletter.papers');"
        "import newsletter; package.__path__ = [newsletter.__path__[0] + '/papers'];"
        "sys.modules['newsletter.papers'] = package;"
        "import newsletter.papers.latex; print('pylatexenc' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "title",
    [
        "What Does {{ url }} Mean? Template Injection in Agents",
        "Prompts with {{user.name}} and {{x|safe}}",
        "({{x}}), {{#each}} and {{/each}}: Mustaches",
    ],
)
def test_the_braces_of_a_template_language_stay(title: str) -> None:
    assert to_unicode(title) == title


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("{{BERT}}: Pre-training of Transformers", "BERT: Pre-training of Transformers"),
        ("{{Attention Is All You Need}}", "Attention Is All You Need"),
        ("x^{{2}} and 2^{{10}}", "x² and 2¹⁰"),
        ("Learning \\textbf{{fast}}", "Learning fast"),
        ("The {{alpha}} Test", "The α Test"),
    ],
)
def test_braces_that_only_group_go(title: str, read: str) -> None:
    assert to_unicode(title) == read


@cache
def archive() -> list[tuple[str, str]]:
    """Each real title and abstract: as it came, and cleaned."""
    return [(text, clean(text)) for text in (*archived("title"), *archived("summary"))]


def archived(field: str) -> list[str]:
    with gzip.open(ARCHIVE, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["paper"].get(field, "") for line in lines]


@recorded.needs_recorded
def test_no_real_title_keeps_latex() -> None:
    latex = re.compile(r"[\\{}^`]|''|--|text[a-z]{2}\{")

    kept = {title for title in map(clean, archived("title")) if latex.search(title)}

    assert {title.partition(":")[0] for title in kept} == {
        "Fairy2i",  # a set of numbers keeps its braces
        "^RFLAV",  # before the authors' caret stands nothing to raise
        "UI2Code^N",  # letters are not raised, as few fonts have them all
        "Do I look like a `cat.n.01` to you? A Taxonomy Image Generation Benchmark",
    }


@recorded.needs_recorded
def test_no_real_text_keeps_a_command() -> None:
    command = re.compile(r"\\[A-Za-z]{2}|\\[%&$_]|\b(?:text[a-z]{2}|math[a-z]{2}|emph)\{|``")

    assert [cleaned for _, cleaned in archive() if command.search(cleaned)] == []


@recorded.needs_recorded
def test_braces_stay_only_around_sets_and_lost_fractions() -> None:
    group = re.compile(r"\{[^{}]*\}|[{}]")
    is_set, is_fraction = re.compile(r"\{[^{}]+,[^{}]+\}"), re.compile(r"\{(?:ε²|8|2ln M|4πln M)\}")

    groups = [found for _, cleaned in archive() for found in group.findall(cleaned)]

    assert [g for g in groups if not is_set.fullmatch(g) and not is_fraction.fullmatch(g)] == []


@recorded.needs_recorded
def test_real_prose_loses_only_words_that_are_latex() -> None:
    """Where no command or group stands, no word is made, and none lost but symbols and keys."""
    word = re.compile(r"[A-Z]?[a-z]{3,}")
    symbols = {*words.SYMBOLS, "left", "right", "star"}
    keys = {"sheng", "hybridflow", "opencompass", "sec", "research", "exploration"}
    glued = {"Rleftrightarrow", "Dleftrightarrow", "Trightarrow"}

    for raw, cleaned in archive():
        if set("\\{}").isdisjoint(raw):
            before, after = Counter(word.findall(raw)), Counter(word.findall(cleaned))
            assert not after - before
            assert set(before - after) <= symbols | keys | glued
