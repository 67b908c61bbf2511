"""The symbols in the mathematics of a text, each with its accents and without its indices."""

import re

MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$]+?)\$|\{math\}`([^`]+)`", re.DOTALL)
CODE = re.compile(r"```.*?```|(?P<role>\{[\w:-]+\})?`[^`]*`", re.DOTALL)
WORDS = re.compile(r"\\(?:text|label|begin|end|hspace|vspace|qquad)\s*\{[^}]*\}|\\(?:big|Big)\w*")
FONTS = "mathcal mathbb mathbf mathrm operatorname"
ACCENTS = "tilde hat bar dot overline"
TOKEN = re.compile(
    rf"\\(?P<font>{FONTS.replace(' ', '|')})\*?\s*(?:\{{(?P<name>[^{{}}]+)\}}|(?P<letter>\w))"
    rf"|\\(?P<accent>{ACCENTS.replace(' ', '|')})(?![a-zA-Z])\s*"
    r"|\\(?P<command>[a-zA-Z]+)|(?P<plain>[a-zA-Z])"
)
NO_SYMBOLS = """
left right frac tfrac sqrt quad qquad dots cdots cdot times le ge ne neq lt gt to in mid approx sim
pm mp sum prod int lVert rVert lvert rvert mapsto rightarrow leftarrow iff text ll gg bigl bigr Bigl
Bigr bigm Vert min max arg log exp cos sin tanh infty
"""
LAYOUT = set(NO_SYMBOLS.split())
"""Commands that set or relate symbols, and functions that every reader has met: no symbols."""


def mathematics(text: str) -> list[str]:
    """Every formula of a markdown text."""
    prose = CODE.sub(lambda found: found[0] if found["role"] == "{math}" else " ", text)
    found = MATH.findall(prose)
    return [next(filter(None, groups)) for groups in found]


def symbols(formula: str) -> set[str]:
    """The symbols of a formula, such as `W`, `\\sigma`, `\\tilde x` and `\\mathcal{L}`."""
    found, accent = set(), ""
    for match in TOKEN.finditer(WORDS.sub(" ", formula)):
        if match["accent"]:
            accent = f"\\{match['accent']} "
            continue
        if match["font"]:
            name = f"\\{match['font']}{{{match['name'] or match['letter']}}}"
        elif match["command"]:
            name = "" if match["command"] in LAYOUT else f"\\{match['command']}"
        else:
            name = match["plain"]
        if name:
            found.add(accent + name)
        accent = ""
    return found
