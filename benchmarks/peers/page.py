"""The page of the results: Markdown from what `run.py` has written, and nothing else."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from textwrap import fill
from typing import Any

from table import KINDS, PEERS, Peer
from turns import spread

EVEN = 0.05
"""A speed within this share of the other's counts as the same."""


def figure(number: float) -> str:
    """Return a figure with some three digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def with_spread(numbers: list[float]) -> str:
    """Return the median of several figures, with the least and the greatest."""
    middle, least, most = map(figure, spread(numbers))
    return middle if least == most else f"{middle} ({least} to {most})"


def times(row: dict[str, Any], clock: str) -> list[float]:
    """Return how many times as fast as the peer ours is, turn by turn."""
    pairs = zip(row[clock]["ours"], row[clock]["peer"], strict=True)
    return [peer / ours if row["unit"] == "s" else ours / peer for ours, peer in pairs]


def lines_of(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one before it."""
    yield ""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def prose(*parts: str) -> str:
    """Return a paragraph in lines."""
    return fill(" ".join(parts), 130, break_long_words=False, break_on_hyphens=False)


def title(result: dict[str, Any]) -> str:
    return PEERS[result["name"]].title


def speeds(results: list[dict[str, Any]]) -> Iterator[str]:
    rows = [
        [
            title(result),
            row["title"],
            row["unit"],
            with_spread(row["cpu"]["ours"]),
            with_spread(row["cpu"]["peer"]),
            f"**{figure(spread(times(row, 'cpu'))[0])}** ({' to '.join(map(figure, spread(times(row, 'cpu'))[1:]))})",
            figure(spread(times(row, "wall"))[0]),
            str(len(row["cpu"]["ours"])),
        ]
        for result in results
        for row in result["rows"]
    ]
    head = [
        "beside",
        "what",
        "unit",
        "ours",
        "theirs",
        "ours is so many times as fast",
        "the same by the clock",
        "rounds",
    ]
    yield from lines_of(head, rows)


def shown_scores(scores: list[list[float]]) -> str:
    """Return the mean P, R and F1 over the seeds, and the least and greatest F1 where they differ."""
    precision, recall, f1 = (mean(values) for values in zip(*scores, strict=True))
    least, most = (f"{choose(score[2] for score in scores):.2f}" for choose in (min, max))
    return f"{precision:.2f} / {recall:.2f} / **{f1:.2f}**" + (f" ({least} to {most})" if least != most else "")


def findings(results: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the table of scores, or of what both find."""
    scored = [result for result in results if result.get("scores")]
    if scored:
        head = ["beside", "ours: P / R / F1", "theirs: P / R / F1", "seeds"]
        rows = [
            [
                title(result),
                shown_scores(result["scores"]["ours"]),
                shown_scores(result["scores"]["peer"]),
                ", ".join(map(str, result["seeds"])),
            ]
            for result in scored
        ]
        yield from lines_of(head, rows)
    agreed = [result for result in results if result.get("agreement")]
    if agreed:
        head = ["beside", "found by both", "by ours alone", "by theirs alone", "of these, in part by ours too"]
        rows = []
        for result in agreed:
            for name, found in result["agreement"].items():
                alone = f"{found['ours']:,}"
                if "spelled" in found:
                    alone += f", {found['spelled']:,} of them not spelt as in the list"
                theirs = f"{found['peer']:,}"
                if "short" in found:
                    theirs += f", {found['short']:,} of them shorter than 5 characters"
                what = f"{title(result)} {name}".strip()
                rows.append([what, f"{found['both']:,}", alone, theirs, f"{found['overlap']:,}"])
        yield from lines_of(head, rows)


def losses(results: list[dict[str, Any]]) -> list[str]:
    """Return a line for each figure in which a peer is better."""
    found = []
    for result in results:
        for row in result["rows"]:
            ratio = spread(times(row, "cpu"))[0]
            if ratio < 1 - EVEN:
                found.append(f"- {title(result)}, {row['title']}: ours has {figure(ratio)} of its speed.")
        if result.get("scores"):
            ours, theirs = (mean(score[2] for score in result["scores"][side]) for side in ("ours", "peer"))
            if ours < theirs:
                found.append(f"- {title(result)}: F1 {theirs:.2f} against our {ours:.2f}.")
    return found


def section(kind: str, results: list[dict[str, Any]]) -> Iterator[str]:
    yield from ("", f"## {KINDS[kind].title}", "", prose(KINDS[kind].text.format(**results[0]["sizes"])))
    done = [result for result in results if not result.get("error")]
    if done:
        yield from speeds(done)
        yield from findings(done)
    for result in results:
        peer: Peer = PEERS[result["name"]]
        notes = [peer.note] if peer.note else []
        if result.get("error"):
            notes.append(f"Not measured: {result['error']}")
        elif not result["together"]:
            notes.append("It asks for other versions than ours: each has its own environment.")
        if notes:
            yield from ("", prose(f"{peer.title}:", *notes))


def render(document: dict[str, Any]) -> str:
    """Return the page of all results."""
    results = [document["peers"][name] for name in PEERS if name in document["peers"]]
    days = sorted({result["date"] for result in results})
    lines = [
        "# Beside other libraries",
        "",
        prose(
            "The same work by this package and by others that do it too, made by one command that installs each in an",
            "environment of its own; data is given by path:",
        ),
        "",
        "<!-- not run: it installs every peer, and takes an hour; tests/test_peers.py runs its parts -->",
        "```sh",
        "python benchmarks/peers/run.py --work OUT --train train.tsv --test test.tsv --vectors vectors.txt.gz \\",
        "    --lexicon disease-ontology.obo --text text.txt --transformer CHECKPOINT --bioc corpus.BioC.XML \\",
        "    --results benchmarks/peers/results.json --page docs/peers.md",
        "```",
        "",
        prose(
            f"{' to '.join(dict.fromkeys((days[0], days[-1])))}, {document['machine']}. One thread each. The two sides",
            "are processes that take turns (ours, theirs, ours, theirs). Figures are medians of processor time, with",
            'the least and the greatest; "so many times as fast" is the median over the turns. Other programs used the',
            "machine, so that figures by the clock are rough. F1 is of exact spans.",
        ),
        "",
        "## Where others are better",
        "",
        *(losses([result for result in results if not result.get("error")]) or ["- In nothing that was measured."]),
    ]
    if missing := [peer.title for name, peer in PEERS.items() if name not in document["peers"]]:
        lines += ["", f"Not measured yet: {', '.join(missing)}."]
    for kind in KINDS:
        chosen = [result for result in results if PEERS[result["name"]].kind == kind]
        if chosen:
            lines += section(kind, chosen)
    lines += ["", "## Versions"]
    rows = [
        [title(result), ", ".join(f"{name} {number}" for name, number in result["versions"].items()), result["date"]]
        for result in results
        if result.get("versions")
    ]
    lines += lines_of(["peer", "installed with it", "measured"], rows)
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("page", type=Path)
    given = parser.parse_args()
    given.page.write_text(render(json.loads(given.results.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
