"""The settings in pyproject.toml that are this project's own: [tool.freeze]."""

from __future__ import annotations

from tooling import project


def cooldown(given: str = "") -> int:
    """Give how many days old a release must be for an upgrade to take it: as `given`, else as set; 0 takes any.

    Ends the task where that is no number of days.
    """
    import tomllib  # not in Python 3.7, which has to import this file

    try:
        table = tomllib.loads((project.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        project.fail(f"pyproject.toml can't be read: {error}. Mend it, then type the same again.")
    value = given or table.get("tool", {}).get("freeze", {}).get("cooldown", 7)
    if not str(value).isdecimal():
        where = "--cooldown" if given else "pyproject.toml, [tool.freeze] cooldown"
        project.fail(f"{where} takes a number of days, or 0 for none, not “{value}”.")
    return int(value)
