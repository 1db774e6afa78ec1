"""Discontinuous mentions in coordinations: "renal ... toxicity" in "renal and hepatic toxicity"."""
