"""A pipeline put to work on a corpus: documents as a ``stream``, a large corpus as ``job`` of shards."""
