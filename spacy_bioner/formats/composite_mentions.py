"""The parts of a composite mention, found in its text: of "cardiac and renal toxicity" the two toxicities.

BC5CDR (Li et al. 2016) marks a coordinated name as one mention and lists the names that it stands for; most of these
are discontinuous in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..documents.document import Mention, Spans

_WORD = re.compile(r"\w+|[^\w\s]")


def composite_parts(mention: Mention, text: str, names: Sequence[str]) -> list[Mention]:
    """Return a mention for each of the names, with the concept of its place; empty where a name is not in the text."""
    words = [(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]
    words = [word for word in words if mention.start <= word[1] and word[2] <= mention.end]
    found = []
    for i, name in enumerate(names):
        wanted = [word.lower() for word in _WORD.findall(name)]
        places = _place([word for word, _, _ in words], wanted) if wanted else None
        if places is None:
            return []
        parts = _parts([words[place] for place in places], text)
        concepts = mention.concepts[i : i + 1] if len(mention.concepts) == len(names) else mention.concepts
        found.append(Mention.of_parts(parts, mention.label, concepts=concepts))
    return found


def _place(words: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """Return where the wanted words are, in order, with the fewest gaps and then the least extent; None if nowhere."""
    best: dict[int, tuple[int, int, list[int]]] = {}  # last place -> gaps, minus the first place, places
    for step, word in enumerate(wanted):
        ways: dict[int, tuple[int, int, list[int]]] = {}
        for place in (i for i, other in enumerate(words) if other == word):
            if not step:
                ways[place] = (0, -place, [place])
                continue
            # Dynamic programming over the places of each wanted word: of all ways to end at a place the best is kept,
            # by the number of gaps and then by the latest start, which gives the least extent.
            before = [(g + (last + 1 < place), s, places) for last, (g, s, places) in best.items() if last < place]
            if before:
                gaps, start, places = min(before)
                ways[place] = (gaps, start, [*places, place])
        best = ways
    if not best:
        return None
    return min((gaps, last + start, places) for last, (gaps, start, places) in best.items())[2]


def _parts(words: Sequence[tuple[str, int, int]], text: str) -> Spans:
    """Return the spans of words, those with nothing but white space between them as one."""
    parts: list[tuple[int, int]] = []
    for _, start, end in words:
        if parts and not text[parts[-1][1] : start].strip():
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return tuple(parts)
