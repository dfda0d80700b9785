"""First contact: ends at once where set-up has nothing to do, else sees to a fit Python."""

from __future__ import annotations

import os
import sys

from tooling import stamp

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that the locks and the tools serve


def begin(module: str) -> None:
    """Leave if there is nothing to do, and go on with a fit Python if this one is too old."""
    if module != "__main__" and not by_invoke():
        return
    # template: begin
    interrupted = os.path.join(ROOT, "build", "rename", "finish.py")
    if os.path.exists(interrupted):
        _go_on_after(interrupted)
    # template: end
    if module == "__main__" and sys.argv[1:] == ["setup"]:
        sentence = stamp.nothing_to_do(ROOT, stamp.layers(ROOT))
        if sentence:
            try:
                print(sentence, flush=True)
            except OSError:  # the reader has had enough (`| head`)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise SystemExit(0)
    if sys.version_info[:2] < OLDEST:
        from tooling.environment import venv

        venv.relaunch(sys.argv[1:])


def by_invoke() -> bool:
    """Return whether invoke runs this, rather than tasks.py itself."""
    folder, program = os.path.split(os.path.splitext(sys.argv[0])[0])
    # `python -m invoke` runs the __main__.py in the folder of that name.
    return program in ("invoke", "inv") or os.path.basename(folder) == "invoke"


# template: begin
def _go_on_after(interrupted: str) -> None:
    """Finish the rename that was killed, then do what was asked for, unless that was the rename."""
    import subprocess

    code = subprocess.call([sys.executable, interrupted])
    if code or "rename" in sys.argv:
        raise SystemExit(code)
    words = getattr(sys, "orig_argv", [sys.executable, *sys.argv])
    raise SystemExit(subprocess.call([sys.executable, *words[1:]]))


# template: end
