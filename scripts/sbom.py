"""The bill of materials of a release: every package its lock pins, as CycloneDX 1.6 in JSON.

    scripts/sbom.py 1.2.3 requirements/run.lock > requirements/run.cdx.json

In: the version and a lock with hashes. Out: the document; the same lock gives the same bytes. Nothing beside Python is
needed. A package that is installed on some machines only bears its marker as the property `befresh:marker`.
"""

import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))? \\$")
_HASH = re.compile(r"^ +--hash=sha256:(?P<hex>[0-9a-f]{64})")


def document(version: str, lock: str) -> dict[str, Any]:
    """The whole of it. Raises `ValueError` where the lock pins nothing."""
    components = list(_components(lock))
    if not components:
        raise ValueError("the lock pins nothing")
    agent = f"pkg:generic/befresh-agent@{version}"
    content = json.dumps([agent, components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": agent,
                "name": "befresh-agent",
                "version": version,
                "purl": agent,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": agent, "dependsOn": [one["bom-ref"] for one in components]}],
    }


def _components(lock: str) -> Iterator[dict[str, Any]]:
    """In the lock's order; the hashes are those of all files that may be installed."""
    component: dict[str, Any] | None = None
    for line in lock.splitlines():
        if pin := _PIN.match(line):
            if component:
                yield component
            purl = f"pkg:pypi/{re.sub('[-_.]+', '-', pin['name']).lower()}@{pin['version']}"
            named = {"name": pin["name"], "version": pin["version"]}
            component = {"type": "library", "bom-ref": purl, **named, "purl": purl, "hashes": []}
            if pin["marker"]:
                component["properties"] = [{"name": "befresh:marker", "value": pin["marker"]}]
        elif component and (found := _HASH.match(line)):
            component["hashes"].append({"alg": "SHA-256", "content": found["hex"]})
    if component:
        yield component


if __name__ == "__main__":
    _, version, lock = sys.argv
    print(json.dumps(document(version, Path(lock).read_text(encoding="utf-8")), indent=1))
