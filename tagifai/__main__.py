"""`python -m` with this package is the same as its command."""

from __future__ import annotations

import sys


def run() -> None:
    """Run the command line; Ctrl-C while that is still being imported ends in one line, too."""
    try:
        from tagifai.main import run as run_commands

        run_commands()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            print("Interrupted.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    run()
