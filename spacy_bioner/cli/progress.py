"""A progress bar for long annotation jobs: number of documents, speed and remaining time."""

from __future__ import annotations

from typing import Any

from ..corpus.annotation.counts import Counts
from ..corpus.annotation.job import Job, Watch

COUNTED = 64 * 2**20
"""Bytes of input up to which the documents are counted first, in a pass of their own."""


class Progress(Watch):
    """Shows documents, tokens per second and the remaining time of a job, on stderr; use it as a context.

    single: whether this process annotates the documents itself; they are then counted one by one, else by shard.
    """

    def __init__(self, job: Job, single: bool) -> None:
        from tqdm import tqdm

        self.single = single
        self.tokens = 0
        size = sum(source.path.stat().st_size for source in job.sources() if source.path.is_file())
        self.total = job.count() if 0 < size <= COUNTED else None
        self.bar = tqdm(total=self.total, unit=" documents", mininterval=1, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.close()

    def document(self, tokens: int) -> None:
        """Count a document that was annotated."""
        if self.single:
            self._add(1, tokens)

    def kept(self, counts: Counts) -> None:
        """Begin the bar after a shard that an earlier run finished: it took no time of this one."""
        self.bar.initial += counts.documents + counts.set_aside
        self.bar.n = self.bar.last_print_n = self.bar.initial

    def shard(self, counts: Counts) -> None:
        """Count a shard that another process annotated."""
        if not self.single:
            self._add(counts.documents + counts.set_aside, counts.tokens)

    def source(self, documents: int, share: float) -> None:
        """Estimate the number of documents from the share of the input that is read."""
        if self.total is None and share > 0:
            self.bar.total = round(documents / share)

    def _add(self, documents: int, tokens: int) -> None:
        self.tokens += tokens
        elapsed = self.bar.format_dict["elapsed"]
        if elapsed > 0:
            self.bar.set_postfix_str(f"{self.tokens / elapsed:,.0f} tokens/s", refresh=False)
        self.bar.update(documents)
