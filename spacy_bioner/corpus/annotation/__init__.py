"""Annotation of a corpus by a pipeline: documents as a ``stream``, a large corpus as a ``job`` of shards."""
