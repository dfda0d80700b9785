"""pip's settings for reaching an index, as pip itself reads them, and the same in uv's words. Standard library only."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tooling import project

_NAMES = {"default-timeout": "timeout"}  # two names of one setting


def read(
    command: str, env: Mapping[str, str] = os.environ, files: Iterable[Path] | None = None, root: Path = project.ROOT
) -> dict[str, str]:
    """Give the settings by the names that pip's files have, such as "index-url", as pip's `command` would take them.

    `env` are the variables, `files` the configuration files, the strongest first (default: this machine's). Variables
    are stronger than the command's section, and that is stronger than [global]. A file that can't be read is passed
    over: pip itself would say so.
    """
    found: dict[str, dict[str, str]] = {"global": {}, command: {}}
    for file in reversed(list(project.pip_settings(env, project.HOME) if files is None else files)):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section, values in found.items():
            values.update(parser.items(section) if parser.has_section(section) else ())
    given = {name[len("PIP_") :]: value for name, value in env.items() if name.startswith("PIP_") and value}
    merged: dict[str, str] = {}
    for values in (found["global"], found[command], given):
        names = {name.lower().replace("_", "-"): value.strip() for name, value in values.items()}
        merged.update({_NAMES.get(name, name): value for name, value in names.items()})
    if "find-links" in merged:
        merged["find-links"] = " ".join(_places(merged["find-links"], root))
    return merged


def indexes(settings: Mapping[str, str]) -> list[str]:
    """List the indexes of `settings`, the main one first; "" stands for pip's default."""
    if _is_on(settings.get("no-index", "")):
        return []
    return [settings.get("index-url", ""), *settings.get("extra-index-url", "").split()]


def for_uv(settings: Mapping[str, str]) -> dict[str, str]:
    """Give the variables by which uv finds packages as pip with `settings` does."""
    variables = {}
    main, *extra = indexes(settings) or ["", ""]
    if main:
        variables["UV_DEFAULT_INDEX"] = main
    if any(extra):
        variables["UV_INDEX"] = " ".join(extra)
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip's own: of all indexes, the best version
    for name, theirs in (
        ("trusted-host", "UV_INSECURE_HOST"),
        ("cert", "SSL_CERT_FILE"),
        ("client-cert", "SSL_CLIENT_CERT"),
        ("timeout", "UV_HTTP_TIMEOUT"),
        ("retries", "UV_HTTP_RETRIES"),
    ):
        if settings.get(name):
            variables[theirs] = " ".join(settings[name].split())
    if settings.get("find-links"):
        variables["UV_FIND_LINKS"] = ",".join(settings["find-links"].split())
    if settings.get("keyring-provider") == "subprocess":
        variables["UV_KEYRING_PROVIDER"] = "subprocess"
    return {**variables, **_proxies(settings)}


def for_requests(settings: Mapping[str, str]) -> dict[str, str]:
    """Give the variables by which a program that uses requests reaches a server as pip with `settings` does."""
    cert = settings.get("cert", "")
    return {**({"REQUESTS_CA_BUNDLE": os.path.expanduser(cert)} if cert else {}), **_proxies(settings)}  # noqa: PTH111


def uv_flags(settings: Mapping[str, str]) -> list[str]:
    """Give what uv takes on its command line alone; nothing secret is among it."""
    return ["--no-index"] if _is_on(settings.get("no-index", "")) else []


def _proxies(settings: Mapping[str, str]) -> dict[str, str]:
    if not settings.get("proxy"):
        return {}
    proxy = settings["proxy"] if "://" in settings["proxy"] else f"http://{settings['proxy']}"
    return dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)


def _is_on(value: str) -> bool:
    return value.lower() in ("1", "true", "yes", "on", "t", "y")


def _places(links: str, root: Path) -> list[str]:
    """List find-links' places that are there; a folder's name is taken from the root, where the task's user is.

    pip splits at white space and passes over what isn't there, while uv gives up.
    """
    found = []
    for place in links.split():
        if "://" in place or place.startswith("file:"):
            found.append(place)
        elif (root / os.path.expanduser(place)).exists():  # noqa: PTH111 - as pip does it
            found.append((root / os.path.expanduser(place)).as_uri())  # noqa: PTH111
    return found
