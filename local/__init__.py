"""The embedded stack: `python -m local`, from the repository's root. Never deployed."""

import sys
from pathlib import Path

# Deployed, the package is found in the layer.
_LAYER = str(Path(__file__).parents[1] / "layers/shared")
if _LAYER not in sys.path:
    sys.path.append(_LAYER)
