"""Names the tag of a machine-learning project from its title and description.

Its module `data` reads projects, `train` fits the model, `predict` applies it, `evaluate`
scores it, and `main` is the command line. Importing this package imports none of them,
so that --help doesn't wait for scikit-learn.
"""

from __future__ import annotations

import sys


def __getattr__(name: str) -> str:
    """Give `__version__`: what is installed, or "0+unknown" where nothing is (a bare folder
    or zip file on the path). Looked up when asked for, since that reads files.
    """
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if sys.version_info >= (3, 8):
        from importlib import metadata
    else:  # 3.7 has it from a backport, which Typer's click brings along there
        import importlib_metadata as metadata
    try:
        return metadata.version(__name__)
    except metadata.PackageNotFoundError:
        return "0+unknown"
