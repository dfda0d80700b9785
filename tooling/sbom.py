"""Writes a layer's lock as a software bill of materials (SBOM): CycloneDX JSON, the same bytes for the same lock."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import urllib.parse
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import AttachedText, ExternalReference, ExternalReferenceType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tooling import environment, lockfile, project, requirements
from tooling.lockfile import Pin

MARKER = "environment-marker"  # what the standard's own list of properties has no name for


def write(layer: str = "prod", output: str = "") -> None:
    """Write the SBOM of a layer to the file `output` (default: sbom-LAYER.cdx.json at the root).

    Ends the task where there is no such layer or lock, or the file can't be written; one that was there is then as it
    was.
    """
    environment.named([layer])
    pins = lockfile.read(lockfile.lock(layer))
    text = document(pins, lockfile.lock(layer).read_bytes())
    path = Path(output) if output else project.ROOT / f"sbom-{layer}.cdx.json"
    aside = path.with_name(path.name + ".new")
    try:
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        project.fail(f"{path.name} can't be written ({error.strerror}). Name another file: --output FILE")
    project.say(f"{output or path.name} lists {len(pins)} packages.")


def document(pins: Mapping[str, Pin], lock: bytes) -> str:
    """Give the SBOM of the project with these pins as its components; `lock` is what they were read from.

    Without SOURCE_DATE_EPOCH, which build tools take the time from, it says no time. Ends the task if the project isn't
    installed.
    """
    own = _own()
    components = {name: _component(pin) for name, pin in pins.items()}
    named = hashlib.sha256(f"{own.name} {own.version} ".encode() + lock)
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, named.hexdigest()), components=components.values())
    bom.metadata.component = own
    bom.metadata.lifecycles = [PredefinedLifecycle(LifecyclePhase.PRE_BUILD)]
    epoch = re.fullmatch(r"\d{1,11}", os.environ.get("SOURCE_DATE_EPOCH", ""))
    if epoch:
        bom.metadata.timestamp = datetime.fromtimestamp(int(epoch[0]), timezone.utc)
    bom.register_dependency(own, [components[name] for name, pin in pins.items() if _is_direct(pin)])
    for needing, component in components.items():
        needed = [components[name] for name, pin in pins.items() if needing in _needing(pin)]
        bom.register_dependency(component, needed)
    said: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    if not epoch:
        del said["metadata"]["timestamp"]  # the library's: now
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def _own() -> Component:
    """Give the project itself, as its installed metadata has it."""
    try:
        told = metadata.metadata(project.DISTRIBUTION)
    except metadata.PackageNotFoundError:
        project.fail(
            f"{project.DISTRIBUTION} isn't installed, and names the SBOM. Install it: {project.typed('setup')}"
        )
    name, version = told["Name"], told["Version"]
    kind = ComponentType.APPLICATION
    return Component(name=name, version=version, type=kind, bom_ref=f"{name}=={version}", licenses=_licenses(told))


def _licenses(told: metadata.PackageMetadata) -> list[License]:
    """Give the licence that the metadata names, or else what its licence files are headed with, and their text."""
    factory = LicenseFactory()
    for field in ("License-Expression", "License"):
        if field in told:
            return [factory.make_from_string(told[field])]
    files = [project.ROOT / name for name in told.get_all("License-File", [])]
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()]
    return [
        factory.make_from_string(_title(text).removesuffix(" License"), license_text=AttachedText(content=text))
        for text in texts
        if text.strip()
    ]


def _title(text: str) -> str:
    return text.strip().splitlines()[0].strip()


def _component(pin: Pin) -> Component:
    """Give a pin as a component.

    Its hashes are its files', of which a version has several: they stand where its files are, as the standard's own
    tool for requirements has it. Where that is no lock says; the package URL stands for it.
    """
    wanted = requirements.locked(pin)
    url = wanted.url if wanted.url and _is_public(wanted.url) else ""
    purl = PackageURL("pypi", name=pin.name, version=pin.version, qualifiers={"download_url": url} if url else {})
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(url or str(purl)),
        hashes=[HashTypeFactory().from_composite_str(said) for said in pin.hashes],
    )
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{pin.name}=={pin.version}",
        purl=purl,
        external_references=[files],
        properties=[Property(name=MARKER, value=str(wanted.marker))] if wanted.marker else [],
    )


def _is_public(url: str) -> bool:
    """Tell whether a URL is on the web, and has no place for a password or a token."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and not parts.query


def _is_direct(pin: Pin) -> bool:
    return any(via.startswith("-r") for via in pin.via)


def _needing(pin: Pin) -> set[str]:
    """Give the packages that a pin is there for."""
    return {lockfile.normalized(via.split()[0].split("[")[0]) for via in pin.via if not via.startswith("-")}
