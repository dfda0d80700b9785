"""`python -m tagifai` is the same as `tagifai`."""

from __future__ import annotations

from tagifai.main import run

if __name__ == "__main__":
    run()
