"""Forms of mentions, and the places where they occur in a text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

Form = tuple[str, ...]
"""The words of a mention; a word in lower case, or with one capital at its start, is in lower case."""


def fold(word: str) -> str:
    """Return a word as part of a form: ``Heart`` is ``heart``, but ``AIDS`` is not ``aids``, nor ``mRNA`` ``mrna``."""
    return word.lower() if word[1:] == word[1:].lower() else word


def find_forms(words: Sequence[str], forms: Iterable[Form]) -> list[tuple[int, int]]:
    """Return the (first word, one past the last) of each place of a form, in text order; places may overlap.

    words: of the text, folded.
    """
    known = set(forms)
    # One look-up for each place and each length of the forms that begin with its word.
    lengths: dict[str, set[int]] = {}
    for form in known:
        lengths.setdefault(form[0], set()).add(len(form))
    return [
        (start, start + length)
        for start, word in enumerate(words)
        for length in sorted(lengths.get(word, ()))
        if start + length <= len(words) and tuple(words[start : start + length]) in known
    ]


class Groups:
    """Forms that count as one, such as a short form and its long form (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[Form, Form] = {}

    def of(self, form: Form) -> Form:
        """Return the form that stands for the group of a form."""
        while (parent := self._parents.get(form, form)) != form:
            form = parent
        return form

    @property
    def forms(self) -> Collection[Form]:
        """All forms that were joined."""
        return self._parents.keys()

    def join(self, one: Form, other: Form) -> None:
        """Let two forms, and all that count as one with them, count as one."""
        top = self._parents.setdefault(other, other)
        self._parents.setdefault(one, one)
        self._parents[self.of(one)] = self.of(top)
