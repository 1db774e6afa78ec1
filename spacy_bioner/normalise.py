"""Normal forms of terms, by named steps: the dictionary compares these instead of spellings.

A text is normalised word by word, and the normal forms are joined without a separator. Words may be the tokens of any
tokenizer: the lengths of their normal forms map a position in the joined form to a token, and so to characters. A
sequence of words is a spelling of a term if the joined form equals that of the term and ``Normaliser.agrees`` accepts
what the normal form does not keep: the case of short terms, and the spaces.

Steps, always applied in this order:

unicode      one form for the different encodings of the same characters: compatibility decomposition (NFKD: precomposed
             and combining accents, ligatures, full-width letters, sub- and superscripts), one dash, one single and one
             double quote; zero-width characters, soft hyphens and variation selectors are removed.
greek        α = alpha, µ = mu; the capital Γ = Gamma.
plural       a final s of a word of five letters or more (not -ss, -us, -is), -ies = -y, -es after ss, x, ch, sh;
             -sis = -ses = -se (metastasis, metastases); in shorter words only after capitals (PVCs).
hyphens      hyphens and spaces are ignored (N-acetylcysteine = N-acetyl-cysteine = NAcetylCysteine), except that a
             space between two letters or digits of a text must match a space or a hyphen of the term ("an ion" is not
             "anion"), and digits on both sides of a hyphen or a space are not joined (1-2 is not 12).
case         each character folded by its own ``lower()``, except in terms shorter than ``case_length``.
token_order  a term "cancer, breast" is also "breast cancer"; this adds terms and does not change texts.

The form is NFKD rather than NFKC, because the decomposition of a text equals the joined decompositions of its words,
while composition would depend on the next word. A tokenizer that splits between a letter and its accent produces
tokens that are not words: see ``glued``. ``Normaliser.align`` maps each character of a normal form to characters of the
word.

Spaces next to punctuation are ignored, so that terms from column files ("5 - HT ( 2A )") match running text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .errors import BionerError

STEPS = ("unicode", "greek", "plural", "hyphens", "case", "token_order")

HYPHENS = "-\u00ad\u058a\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"

JOINERS = "\u00ad\u034f\u200c\u200d\u2060\ufe00-\ufe0f"
"""Zero-width characters, as a character class, that join their neighbours; ``unicode`` removes them."""

_IGNORED = re.compile(f"[{JOINERS}\u200b\u200e\u200f\u202a-\u202e\u2061-\u2064\u2066-\u2069\ufeff]")
_SIGNS = str.maketrans(
    dict.fromkeys(HYPHENS.replace("\u00ad", "").replace("-", ""), "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u2035`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')
)

DIGITS = "\x1f"
"""Marks the start of every run of digits under the step ``hyphens``; as a space character it occurs in no word."""

_SPACE = re.compile(r"(\s+)")
_SPACE_OR_HYPHEN = re.compile(rf"([\s{re.escape(HYPHENS)}]+)")
_DIGIT_RUN = re.compile(r"\d+")
MARKS = "\u0300-\u036f"
"""The accents of letters, as a character class."""

_S_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*[sS](?![^\W\d_]|[{MARKS}])")

_NAMES = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau
upsilon phi chi psi omega"""
_GREEK = dict(zip(range(ord("α"), ord("ω") + 1), _NAMES.split(), strict=True))
_GREEK |= {code - 32: name.capitalize() for code, name in _GREEK.items() if code != ord("ς")}
_GREEK |= {ord(sign): _GREEK[ord(letter)] for sign, letter in zip("µϐϑϕϖϰϱϵΩ", "μβθφπκρεΩ", strict=True)}


def fold(text: str) -> str:
    """Return the text in lower case, with the same length."""
    if text.isascii():
        return text.lower()
    # ``str.lower()`` depends on context for capital sigma, and makes two characters of U+0130 (here: i).
    return "".join([c.lower()[0] for c in text])


def unify(text: str) -> str:
    """Return the text after the step ``unicode``."""
    if text.isascii():
        return text.replace("`", "'")
    # NFKD of the acute accent that stands alone, typed for an apostrophe, is a space with a combining accent.
    return unicodedata.normalize("NFKD", _IGNORED.sub("", text)).translate(_SIGNS).replace(" \u0301", "'")


def clusters(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of the shortest parts of a text that the step ``unicode`` transforms independently."""
    # Combining marks and ignored characters belong to the character before them: NFKD sorts the marks of a letter.
    starts = [i for i, c in enumerate(text) if i == 0 or not (_IGNORED.match(c) or _is_mark(c))]
    return list(zip(starts, [*starts[1:], len(text)], strict=True)) if text else []


def _is_mark(character: str) -> bool:
    return not character.isascii() and unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) != 0


_GLUE = f"[{MARKS}{JOINERS}]"
_GLUED = re.compile(f"{_GLUE}|.*[{JOINERS}]$", re.DOTALL)


def glued(token: str) -> bool:
    """Return whether a token may be a part of a word: it starts with an accent or a joiner, or ends in a joiner.

    Tokenizers that split at every character other than a letter produce such tokens from combining accents.
    """
    return not token.isascii() and _GLUED.match(token) is not None


def singular(word: str) -> str:
    """Return the singular of a word of letters that ends in s, by the rules of the step ``plural``."""
    # The order matters: metastasis and metastases both become metastase, which "-is" or "-s" would prevent.
    if len(word) < 5:
        return word[:-1] if len(word) > 2 and word[-1] == "s" and word[:-1].isupper() else word
    low = word.lower()
    if low.endswith("sis"):
        return word[:-2] + ("E" if word[-2].isupper() else "e")
    if low.endswith(("ss", "us", "is")):
        return word
    if low.endswith("ies"):
        return word[:-3] + ("Y" if word[-2].isupper() else "y")
    if low.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def inverted(term: str) -> str | None:
    """Return "breast cancer" for "cancer, breast"; None if the term has no comma followed by a space."""
    parts = term.split(", ")
    if len(parts) < 2 or not all(parts):
        return None
    return " ".join(reversed(parts))


_Sign = tuple[str, int, int]
"""A character of a normal form, and the start and end of the text that it represents."""


def _singular_signs(signs: list[_Sign]) -> list[_Sign]:
    """Apply ``singular`` to the words among the signs; the offsets of a removed ending join the sign before it."""
    kept: list[_Sign] = []
    done = 0
    for match in _S_WORD.finditer("".join([c for c, _, _ in signs])):
        word = singular(match.group())
        last = match.start() + len(word) - 1
        kept += signs[done:last]
        kept.append((word[-1], signs[last][1], signs[match.end() - 1][2]))
        done = match.end()
    return kept + signs[done:]


class Spelling(NamedTuple):
    """The properties of a spelling that its normal form does not keep.

    cased: the normal form before the step ``case``.
    spaces: bit i is set if only spaces precede character i of the normal form, between two letters or digits.
    gaps: the same for spaces or hyphens.

    For "N-acetyl cysteine" the normal form is "nacetylcysteine", spaces has the bit 7, and gaps the bits 1 and 7.
    """

    cased: str
    spaces: int
    gaps: int


class _Memo(dict[str, str]):
    """Normal forms of words, computed at the first look-up."""

    def __init__(self, normaliser: Normaliser) -> None:
        super().__init__()
        self.normaliser = normaliser

    def __missing__(self, word: str) -> str:
        form = self[word] = self.normaliser.word(word)
        return form


class Normaliser:
    """Normal forms of words and terms under some of ``STEPS``.

    case_length: terms shorter than this many characters (of the normal form) must match in case too.
    Raises B320 for an unknown step.
    """

    def __init__(self, steps: Iterable[str] = STEPS[:5], case_length: int = 0) -> None:
        self.steps = (steps,) if isinstance(steps, str) else tuple(steps)
        if unknown := [step for step in self.steps if step not in STEPS]:
            raise BionerError("B320", step=unknown[0], known=", ".join(STEPS))
        self.case_length = case_length
        self.unicode, self.greek, self.plural, self.hyphens, self.folds, self.token_order = (
            step in self.steps for step in STEPS
        )
        self._separator = _SPACE_OR_HYPHEN if self.hyphens else _SPACE

    def cased(self, word: str) -> str:
        """Return the normal form of a word before the step ``case``, which keeps its length."""
        if self.unicode:
            word = unify(word)
        if self.greek and not word.isascii():
            word = word.translate(_GREEK)
        if self.plural and ("s" in word or "S" in word):
            word = _S_WORD.sub(lambda match: singular(match.group()), word)
        if not word.isalnum():
            word = self._separator.sub("", word)
        if self.hyphens and not word.isalpha():
            word = _DIGIT_RUN.sub(DIGITS + r"\g<0>", word)
        return word

    def word(self, word: str) -> str:
        """Return the normal form of a word; spaces, and under ``hyphens`` also hyphens, are gone from it."""
        if word.isalpha() and word.isascii():  # most words: only plural and case can change them
            if self.plural and len(word) > 1 and word[-1] in "sS":
                word = singular(word)
            return word.lower() if self.folds else word
        return fold(self.cased(word)) if self.folds else self.cased(word)

    def keys(self, terms: Iterable[str]) -> list[str]:
        """Return the normal form of each term; a million terms take about two seconds."""
        # Terms share most of their words, so that each distinct word is normalised once.
        lookup = _Memo(self).__getitem__
        if self.unicode:
            terms = map(unify, terms)
        if self.hyphens:
            spread = _SPACE_OR_HYPHEN.sub
            return [
                "".join(map(lookup, (t.replace("-", " ") if t.isascii() else spread(" ", t)).split())) for t in terms
            ]
        return ["".join(map(lookup, term.split())) for term in terms]

    def length(self, key: str) -> int:
        """Return the number of characters of a normal form, without the marks before digits."""
        return len(key) - key.count(DIGITS)

    def is_short(self, key: str) -> bool:
        """Return whether terms of this normal form must match in case."""
        return self.folds and len(key) - key.count(DIGITS) < self.case_length

    def spelling(self, words: Sequence[str], spaces: Sequence[bool]) -> Spelling:
        """Return the spelling of some words; ``spaces``: whether a space follows each word."""
        cased, separator, before = "", "", ""
        space_bits = gap_bits = 0
        for word, space in zip(words, spaces, strict=True):
            for i, part in enumerate(self._separator.split(unify(word) if self.unicode else word)):
                if i % 2:  # the pattern has a group: split returns text, separator, text, ...
                    separator += part
                elif part:
                    if separator and before.isalnum() and part[0].isalnum():
                        bit = 1 << len(cased)
                        gap_bits |= bit
                        space_bits |= bit if separator.isspace() else 0
                    cased += self.cased(part)
                    before, separator = part[-1], ""
            separator += " " if space else ""
        return Spelling(cased, space_bits, gap_bits)

    def align(self, word: str) -> tuple[str, list[int], list[int]]:
        """Return the normal form of a word, and the start and end in the word of each of its characters.

        A character that replaces several (an accent and its letter, the y of "biopsies") covers them all, and so does
        each of several that replace one (a ligature, a Greek letter). Starts and ends never decrease.
        """
        #   word     β  -  b  l  o  c  k  e  r  s       form     b e t a b l o c k e r
        #            0  1  2  3  4  5  6  7  8  9       start    0 0 0 0 2 3 4 5 6 7 8
        #                                               end      1 1 1 1 3 4 5 6 7 8 10
        parts = clusters(word) if self.unicode else [(i, i + 1) for i in range(len(word))]
        signs = [
            (c, start, end)
            for start, end in parts
            for whole in (unify(word[start:end]) if self.unicode else word[start:end])
            for c in (whole.translate(_GREEK) if self.greek else whole)
        ]
        if self.plural:
            signs = _singular_signs(signs)
        signs = [sign for sign in signs if not self._separator.match(sign[0])]
        if self.hyphens:
            opens = [c.isdecimal() and not (i and signs[i - 1][0].isdecimal()) for i, (c, _, _) in enumerate(signs)]
            marked = zip(signs, opens, strict=True)
            signs = [mark for sign, first in marked for mark in ([(DIGITS, *sign[1:])] if first else []) + [sign]]
        form = "".join([c for c, _, _ in signs])
        return fold(form) if self.folds else form, [start for _, start, _ in signs], [end for _, _, end in signs]

    def agrees(self, text: Spelling, term: Spelling, *, opens_sentence: bool = False) -> bool:
        """Return whether a text with the same normal form as a term is a spelling of that term.

        opens_sentence: the text is the first of its sentence, so that its capital letter is ignored.
        """
        if self.is_short(term.cased) and text.cased != term.cased:
            lowered = fold(text.cased[0]) + text.cased[1:]
            if not opens_sentence or lowered != term.cased:
                return False
        if self.hyphens:
            return not text.spaces & ~term.gaps  # every space of the text is at a space or hyphen of the term
        return text.spaces == term.spaces
