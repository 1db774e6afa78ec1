"""Mentions in two parts that a coordination leaves open: "renal ... toxicity" in "renal and hepatic toxicity"."""
