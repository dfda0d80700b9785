"""Looks locked versions up among known vulnerabilities, with pip-audit. Only locks are read; nothing is installed."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import Version

from tooling import environment, lockfile, pipsettings, processes, project, requirements, staleness
from tooling.lockfile import Pin

URL = "PIP_AUDIT_OSV_URL"  # pip-audit's own name for it
SERVICES = {"pypi": "PyPI", "osv": "OSV"}
# What pip-audit ended with, and what that says of the service.
_REASONS = {
    "ProxyError": "can't be reached through the proxy that pip's settings or HTTPS_PROXY name",
    "SSLError": "has a certificate that isn't trusted here. To trust a company's: pip config set global.cert FILE",
    "JSONDecodeError": "answers with something else than JSON",
    **dict.fromkeys(("ConnectionError", "ConnectTimeout", "ReadTimeout"), "can't be reached from here"),
}


class Finding(NamedTuple):
    """A known vulnerability of a locked version."""

    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]  # the versions above the locked one in which it is fixed, the lowest first

    def __str__(self) -> str:
        aliases = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"{self.id}{aliases}: {'fixed in ' + ', '.join(self.fixed) if self.fixed else 'no version fixes it yet'}"


def audit(layers: Sequence[str] = (), service: str = "", url: str = "") -> None:
    """Say which locked packages of `layers` (default: all) have known vulnerabilities, and what to type about each.

    `service` is one of SERVICES (default: pypi), and `url` the address of an OSV service of somebody's own. Ends the
    task with exit code 1 where there is such a package, or one that wasn't looked up.
    """
    url = url or ("" if service == "pypi" else os.environ.get(URL, ""))
    service = service or ("osv" if url else "pypi")
    if service not in SERVICES:
        project.fail(f"--service takes {' or '.join(SERVICES)}, not “{service}”.")
    if url and (service != "osv" or not re.match(r"https?://[^\s/]", url)):
        project.fail("--osv-url takes the address of an OSV service, https://…, and goes with --service osv.")
    pins = _pins(environment.named(layers) if layers else lockfile.layers())
    skipped = {
        name: "it is locked from a URL, and services know names" for name in pins if requirements.locked(pins[name]).url
    }
    found, unknown = _looked_up([pin for name, pin in pins.items() if name not in skipped], service, url)
    skipped.update(dict.fromkeys(unknown, f"{SERVICES[service]} doesn't know that version"))
    for name, findings in found.items():
        _report(pins[name], findings)
    for name, why in skipped.items():
        project.say(f"{name} {pins[name].version} was not looked up: {why}.")
    of = f"of {len(pins)} packages (source: {SERVICES[service]})"
    if found:
        known = sum(map(len, found.values()))
        rest = f", and {len(skipped)} not looked up" if skipped else ""
        project.fail(f"Known vulnerabilities: {known}, in {len(found)} {of}{rest}.")
    if skipped:
        project.fail(f"Not looked up: {len(skipped)} {of}. In the others no vulnerabilities are known.")
    doubt = ", which doesn't say if it knows them" if service == "osv" else ""
    project.say(f"No known vulnerabilities in {len(pins)} packages (source: {SERVICES[service]}{doubt}).")


def _pins(layers: Sequence[str]) -> dict[str, Pin]:
    """Read the locks as one, each pin with all that it is there for."""
    merged = lockfile.merged(layers)
    for layer in layers:
        for name, pin in lockfile.read(lockfile.lock(layer)).items():
            merged[name] = merged[name]._replace(via=merged[name].via | pin.via)
    return merged


def _looked_up(pins: Sequence[Pin], service: str, url: str) -> tuple[dict[str, list[Finding]], list[str]]:
    """Ask the service for each pin. Give what it knows, by package, and the packages that it doesn't know.

    Ends the task where the service doesn't answer for all of them.
    """
    if not pins:
        return {}, []
    variables = {**pipsettings.for_requests(pipsettings.read("install")), **({URL: url} if url else {})}
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder) / "requirements.txt", Path(folder) / "answer.json"
        # Without markers: pip-audit passes over what only another system installs.
        asked.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in pins), encoding="utf-8")
        command: list[str | Path] = [project.venv_python(), "-m", "pip_audit", "--requirement", asked, "--no-deps"]
        command += ["--disable-pip", "--progress-spinner", "off", "--vulnerability-service", service]
        command += ["--format", "json", "--desc", "off", "--aliases", "on", "--output", answer]
        command += ["--cache-dir", Path(folder) / "cache"]  # an answer from yesterday wouldn't do
        said = processes.captured(command, env=processes.environment_variables(**variables))[2]
        told = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else None
    if told is None or "WARNING:pip_audit._service" in said:  # which is how it passes over what it can't read
        project.fail(f"Not looked up: {_reason(said, SERVICES[service])}.")
    entries = {lockfile.normalized(entry["name"]): entry for entry in told["dependencies"]}
    unknown = [pin.name for pin in pins if "vulns" not in entries.get(pin.name, {})]
    if len(unknown) == len(pins) > 1:
        project.fail(
            f"Not looked up: what answers for {SERVICES[service]} here knows none of the {len(pins)} packages; it may "
            f"be a mirror without such data. To ask another service: {project.typed('audit --service osv')}"
        )
    known = {pin.name: _findings(pin, entries[pin.name]) for pin in pins if pin.name not in unknown}
    return {name: findings for name, findings in known.items() if findings}, unknown


def _reason(said: str, service: str) -> str:
    """Say why there is no answer, from what pip-audit wrote on stderr; nothing of that is repeated: it holds URLs."""
    if "No module named pip_audit" in said:
        return f"pip-audit isn't installed. To have it: {project.typed('add pip-audit --layer dev')}"
    code = re.search(r"HTTPError: (\d{3})", said)
    if code:
        wants = ", as where a login is needed" if code[1] in ("401", "403") else ""
        return f"{service} answers with an error, HTTP {code[1]}{wants}"
    said = said.replace("Could not connect", "\nConnectTimeout:")  # what pip-audit makes of that one
    reasons = [
        _REASONS[name] for name in re.findall(r"^(?:\w+\.)*(\w+)(?::|$)", said, re.MULTILINE) if name in _REASONS
    ]
    return f"{service} {reasons[-1] if reasons else 'answers with something else than pip-audit can read'}"


def _findings(pin: Pin, entry: Mapping[str, Any]) -> list[Finding]:
    findings = []
    for each in entry["vulns"]:
        above = sorted({Version(text) for text in each["fix_versions"] if Version(text) > Version(pin.version)})
        findings.append(Finding(each["id"], tuple(sorted(each["aliases"])), tuple(map(str, above))))
    return findings


def _report(pin: Pin, findings: Sequence[Finding]) -> None:
    """Say what is known of a package, who needs it, and what to type."""
    files = sorted(via[2:].strip() for via in pin.via if via.startswith("-r"))
    packages = sorted(via for via in pin.via if not via.startswith("-"))
    project.say(f"{pin.name} {pin.version}, needed by {', '.join([*files, *packages])}")
    for finding in findings:
        project.say(f"  {finding}")
    fixed = [Version(finding.fixed[0]) for finding in findings if finding.fixed]
    if fixed:
        held = "" if files else f" (if it stays at {pin.version}: --package {' --package '.join(packages)}, too)"
        for remedy in _remedies(pin.name, str(max(fixed))):
            project.say(f"  To fix: {remedy}{held}")


def _remedies(name: str, fixed: str) -> Iterator[str]:
    """Say what to type to have version `fixed` of a package: a bound for each line that forbids it, else `freeze`."""
    lines = {(each.file, each.line.number): each for layer in lockfile.layers() for each in staleness.direct(layer)}
    forbidden = False
    for direct in lines.values():
        wanted = direct.line.requirement
        if not wanted or direct.line.name != name or direct.applies is False or fixed in wanted.specifier:
            continue
        forbidden = True
        layer = re.fullmatch(r"requirements(?:-(.+)\.in|\.txt)", direct.file)
        if layer and direct.binding and direct.line.is_plain:
            marker = f"; {wanted.marker}".replace('"', "'") if wanted.marker else ""
            option = f" --layer {layer[1]}" if layer[1] else ""
            # In these quotes for every system's shell: in others, Windows' takes “>” for a redirection.
            yield project.typed(f'add "{wanted.name}>={fixed}{marker}"{option}')
        else:
            yield f"let {direct} ({direct.line.said}) allow {fixed}, then: {project.typed(f'freeze --package {name}')}"
    if not forbidden:
        yield project.typed(f"freeze --package {name}")
