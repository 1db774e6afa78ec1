"""A command of spaCy whose training is saved, and goes on from where it was saved.

python -m spacy_bioner.training.resume SAVED OUTPUT KEY train CONFIG --output OUTPUT ...
"""

import sys
from pathlib import Path

from spacy.cli import setup_cli

from .loop import SAVE_EVERY, ResumableTraining

if __name__ == "__main__":
    saved, output, key, *command = sys.argv[1:]
    sys.argv[1:] = command
    with ResumableTraining(Path(saved), Path(output), {"record": key}, SAVE_EVERY).instead():
        setup_cli()
