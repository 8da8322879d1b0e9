"""The tree is tested on the same bench as the skills."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "skills"))
