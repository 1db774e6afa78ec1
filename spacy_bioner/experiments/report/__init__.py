"""The report: one self-contained page of saved runs."""
