"""Silver standards: the annotations of several systems merged by vote, without documents that are in gold corpora."""
