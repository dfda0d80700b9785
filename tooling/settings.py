"""The project's own settings for its locks: [tool.freeze] in pyproject.toml."""

from __future__ import annotations

from typing import NamedTuple

from tooling import lockfile, project


class Settings(NamedTuple):
    """What [tool.freeze] says; where it says nothing, the strict choice."""

    cooldown: int = 7  # days that a release must have been out before it is taken
    no_binary: tuple[str, ...] = ()  # names of the packages that are built from their source distributions


def read() -> Settings:
    """Read the settings. Ends the task, naming the setting, where one of them is none."""
    import tomllib  # since Python 3.11; whatever needs this runs on no older one

    try:
        document = tomllib.loads((project.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        project.fail(f"pyproject.toml can't be read ({error}). Mend it, then type the same again.")
    table = document.get("tool", {}).get("freeze", {})
    unknown = sorted(set(table) - {"cooldown", "no-binary"})
    if unknown:
        project.fail(f"pyproject.toml, [tool.freeze]: there is no “{unknown[0]}”. It takes cooldown and no-binary.")
    days, names = table.get("cooldown", Settings.cooldown), table.get("no-binary", [])
    if type(days) is not int or days < 0:
        project.fail(f"pyproject.toml, [tool.freeze]: cooldown is a number of days, such as 7, not “{days}”.")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        project.fail('pyproject.toml, [tool.freeze]: no-binary is a list of names, such as ["some-package"].')
    return Settings(days, tuple(sorted(map(lockfile.normalized, names))))


def format_control(no_binary: tuple[str, ...]) -> list[str]:
    """Give the options by which pip, pip-compile and uv take wheels alone, but for the packages `no_binary`."""
    return ["--only-binary", ":all:", *(part for name in no_binary for part in ("--no-binary", name))]
