"""Voice stage: a model's folder may bring the library that runs it, in `packages` (scripts/install.sh --names).

So updates of the agent need not carry it, and the folder serves the next fridge without a network.
"""

import sys
from pathlib import Path


def use_packages(model: str | Path | None) -> None:
    """From now on they can be imported; what is installed otherwise goes before them."""
    packages = str(Path(model, "packages")) if model else ""
    if packages and packages not in sys.path and Path(packages).is_dir():
        sys.path.append(packages)
