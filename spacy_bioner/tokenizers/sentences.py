"""Rule-based sentence splitting of biomedical text, on offsets, without downloads or training."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal

from ..errors import BionerError

LineBreaks = Literal["all", "blank", "none"]

# Candidates for ends of sentences: marks, closing quotes and brackets, then white space; or an ideographic stop, which
# needs no space after it.
_CANDIDATE = re.compile(r"""(?<![.!?…])(?P<mark>[.!?…]+)(?P<close>["'”’»)\]}]*)\s+(?=\S)|(?<=[。！？])\s*(?=\S)""")
_LINE_BREAK = {"all": re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]+"), "blank": re.compile(r"\n[^\S\n]*\n|[\x0c\u2029]")}
_BRACKET = re.compile(r"[()\[\]{}]")
_PARTNER = {")": "(", "]": "[", "}": "{"}
_LONGEST_BRACKET = 1000

_OPENING = frozenset("([{\"'“‘«")
_LONGEST_WORD = 40


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEXT_WORD = re.compile(r"""["'“‘«(\[{]*([^\s,;:.!?)\]}]*)""")

# A full stop after one of these never ends a sentence.
_ABBREVIATIONS = _words(
    "e.g i.e eg ie cf vs viz approx ca fig figs ref refs eq eqs eqn tab suppl ext dr drs prof mr mrs ms "
    "vol vols pp ed eds st resp incl no nos dept univ"
)
# After one of these it ends a sentence only before a word that often starts sentences (_STARTERS).
_AMBIGUOUS = _words("al etc sp spp subsp ssp var nov str gen inc co ltd corp jr sr a.m p.m u.s u.k")
# A capital letter after one of these is an initial; after other lower-case words it ends a term ("vitamin D").
_BEFORE_INITIALS = _words("and at by dr drs for from in of or prof thank to with")
_INITIALS = re.compile(r"(?:\w\.-?)*[^\W\d_]")
_STARTERS = _words(
    "a additionally after all although among an analysis and another as at based because both but by collectively "
    "comparison consistent conversely despite during each either even finally findings first for four from further "
    "furthermore given he hence here how however i if important importantly in indeed interestingly it its moreover "
    "most my neither nevertheless no none notably on once one only our overall patients previous recent recently "
    "results second several she similar similarly since six so some studies study such surprisingly taken that the "
    "their then there therefore these they third this those three through thus to together treatment two under "
    "unlike until upon use using we what when where whereas whether which while with within"
)


def sentence_spans(text: str, line_breaks: LineBreaks = "all") -> list[tuple[int, int]]:
    """Return the (start, end) of each sentence, without the white space around it.

    line_breaks: ``all``, every line break ends a sentence (a title above its abstract, one paragraph per line);
    ``blank``, only an empty line does (text wrapped at a fixed width); ``none``, none does.

    A full stop, question or exclamation mark before white space ends a sentence unless it stands inside brackets
    that close on the same line, ends an abbreviation (``e.g.``, ``Fig.``, ``et al.``) or an initial (``J. Smith``,
    ``E. coli``), or is followed by a lower-case word. Lower-case words with a digit, a capital or a hyphen
    (``p53``, ``mRNA``, ``c-fos``) may start a sentence. Raises B202 for another value of ``line_breaks``.
    """
    spans: list[tuple[int, int]] = []
    for first, last in _lines(text, line_breaks):
        start = first
        for end in _sentence_ends(text, first, last):
            spans.append((start, end))
            start = _skip_space(text, end, last)
        spans.append((start, last))
    return spans


def _skip_space(text: str, start: int, stop: int) -> int:
    while start < stop and text[start].isspace():
        start += 1
    return start


def _lines(text: str, line_breaks: LineBreaks) -> Iterator[tuple[int, int]]:
    """Yield the parts of the text between the line breaks that end sentences, without white space around them."""
    if line_breaks not in ("all", "blank", "none"):
        raise BionerError("B202", value=line_breaks)
    breaks = _LINE_BREAK[line_breaks].finditer(text) if line_breaks != "none" else ()
    start = 0
    for end, next_start in [*(found.span() for found in breaks), (len(text), len(text))]:
        start = _skip_space(text, start, end)
        if start < end:
            yield start, start + len(text[start:end].rstrip())
        start = next_start


def _sentence_ends(text: str, first: int, last: int) -> Iterator[int]:
    """Yield the ends of sentences inside text[first:last], without ``last`` itself."""
    candidates = list(_CANDIDATE.finditer(text, first, last))
    if not candidates:
        return
    brackets = _brackets(text, first, last)
    start = first
    for found in candidates:
        end = found.start() if found["mark"] is None else max(found.end("mark"), found.end("close"))
        pair = _pair_around(brackets, found.start())
        whole = pair is not None and pair[0] == start and pair[1] < found.end()  # "(Data not shown.) We"
        if (pair is None or whole) and _is_end(text, start, found):
            yield end
            start = found.end()


def _brackets(text: str, first: int, last: int) -> list[tuple[int, int]]:
    """Return the outermost pairs of matching brackets, sorted; brackets without a partner are ignored."""
    # A closing bracket discards open ones of other kinds ("(a] b" has no pair), and a pair discards those inside it:
    # what is left is disjoint and in order, as _pair_around needs. Very long pairs are probably typing errors.
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for found in _BRACKET.finditer(text, first, last):
        bracket = found.group()
        if bracket in "([{":
            opened.append(found.start())
            continue
        while opened and text[opened[-1]] != _PARTNER[bracket]:
            opened.pop()
        if opened and found.start() - opened[-1] <= _LONGEST_BRACKET:
            start = opened.pop()
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            pairs.append((start, found.start()))
    return pairs


def _pair_around(pairs: list[tuple[int, int]], position: int) -> tuple[int, int] | None:
    at = bisect_right(pairs, (position, position)) - 1
    return pairs[at] if at >= 0 and position < pairs[at][1] else None


def _is_end(text: str, start: int, found: re.Match[str]) -> bool:
    """Decide whether a mark before white space ends the sentence that begins at ``start``."""
    if found["mark"] is None:
        return True
    # In this order: what follows can exclude an end; then marks that decide by themselves; then the word before the
    # full stop. "starter" is the only evidence that can turn an abbreviation or initial into an end.
    following = _NEXT_WORD.match(text, found.end())[1]  # type: ignore[index]
    word_start = _word_start(text, start, found.start())
    word = text[word_start : found.start()]
    initials = found["mark"] == "." and word[-1:].isupper() and _INITIALS.fullmatch(word) is not None
    if following[:1].islower() and (initials or (following.isalpha() and following.islower())):
        return False
    starter = following[:1].isupper() and following.lower() in _STARTERS
    if found["mark"] in ("...", "…"):
        return starter
    if found["mark"] != "." or found["close"]:
        return True
    if word.isdecimal() and word_start == start:
        return False  # the number of a list item
    if word.lower() in _ABBREVIATIONS:
        return False
    if word.lower() in _AMBIGUOUS or (initials and _names_someone(text, start, word_start, word)):
        return starter
    return True


def _word_start(text: str, start: int, end: int) -> int:
    """Return the start of the word that ends at ``end``, at most ``_LONGEST_WORD`` characters before."""
    position = end
    first = max(start, end - _LONGEST_WORD)
    while position > first and not text[position - 1].isspace() and text[position - 1] not in _OPENING:
        position -= 1
    return position


def _names_someone(text: str, start: int, word_start: int, word: str) -> bool:
    """Decide whether ``word``, one or more capitals with stops, is part of a name rather than the end of a term."""
    if len(word) > 1:
        return True
    before = text[max(start, word_start - _LONGEST_WORD) : word_start].split()[-1:]
    if not before or before[0].lower() in _BEFORE_INITIALS:
        return True
    return before[0][-1] in ".,;" or (before[0].isalpha() and before[0][0].isupper())
