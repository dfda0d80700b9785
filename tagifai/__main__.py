"""Run the command line with `python -m`; the installed command runs the same function."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line; Ctrl-C exits without a traceback, even during the imports."""
    try:
        from tagifai import main

        main.run()
    except KeyboardInterrupt:
        sys.exit(130)  # as Typer does once it runs


if __name__ == "__main__":
    run()
