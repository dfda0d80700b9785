"""What the commands print: results to stdout, notes and errors to stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tagifai.data import DataError


def write(text: str) -> None:
    """Print to stdout, and exit quietly if its reader has left, as `head` does.

    Raise DataError if it can't be written.
    """
    try:
        print(text, flush=True)
    except OSError as error:
        # Otherwise Python flushes again at exit, and fails again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(0)
        raise DataError(f"Can't write the output: {error.strerror}.") from None


def to_json(value: Any) -> str:
    """Return a value as indented JSON, with letters beyond ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def note(text: str) -> None:
    """Print a line to stderr, if there is one; without a console, print would take stdout."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def table(report: Any) -> str:
    """Return a report of `evaluate.report` as aligned lines."""
    rows = [*report["tags"].items(), ("overall (weighted)", report["overall"])]
    width = max(len(name) for name, _ in rows)
    lines = [f"{'':{width}}  precision  recall      f1  samples"]
    for name, row in rows:
        figures = f"{row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:6.3f}"
        lines.append(f"{name:{width}}  {figures}  {row['samples']:7}")
    overall = report["overall"]
    lines.append(f"accuracy {overall['accuracy']:.3f}, macro f1 {overall['macro_f1']:.3f}")
    return "\n".join(lines)
