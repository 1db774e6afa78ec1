"""Where tests find the project's own files and, where they are there, the real corpora."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
CONFIGS = ROOT / "configs"
DATA = ROOT.parent / "shared" / "data"
