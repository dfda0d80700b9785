"""Predict the tag of a machine-learning project from its title and description.

`data` reads projects, `train` fits the model, `predict` applies it and `evaluate` scores it;
`main` is the command line and `console` its output. This module imports none of them, so that
--help is quick.
"""

from __future__ import annotations

import sys


def __getattr__(name: str) -> str:
    """Return `__version__`, the installed version; "0+unknown" if the package isn't installed."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if sys.version_info >= (3, 8):
        from importlib import metadata
    else:  # the standard library has it since 3.8
        import importlib_metadata as metadata
    try:
        return metadata.version(__name__)
    except metadata.PackageNotFoundError:
        return "0+unknown"
