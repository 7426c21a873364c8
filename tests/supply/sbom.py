#!/usr/bin/env python3
"""Writes what libsegw.a and the plugin are made of, as CycloneDX 1.5: each crate that they are built from, those
too that only write code (serde_derive), with version, licence and checksum. The same tree gives the same bytes.

usage: sbom.py FOLDER    writes FOLDER/libsegw.cdx.json and FOLDER/extsock.cdx.json"""

import json
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "pkg:cargo/segw")


def metadata():
    done = subprocess.run(["cargo", "metadata", "--locked", "--format-version", "1", "--features", "staticlib"], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def built_in(graph):
    """The packages that it is built from, and on which of them each depends; without those of tests and build scripts."""
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    found, todo = {}, [graph["resolve"]["root"]]
    while todo:
        package = todo.pop()
        if package in found:
            continue
        found[package] = [dep["pkg"] for dep in nodes[package]["deps"]
                          if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        todo += found[package]
    return found


def licence(expression):
    return [{"expression": expression.replace("/", " OR ")}] if expression else []


def crates(graph, found):
    lock = {(package["name"], package["version"]): package.get("checksum")
            for package in tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]}
    components = []
    for package in graph["packages"]:
        if package["id"] not in found:
            continue
        name, version = package["name"], package["version"]
        component = {"type": "library", "bom-ref": f"pkg:cargo/{name}@{version}", "name": name, "version": version,
                     "licenses": licence(package["license"]), "purl": f"pkg:cargo/{name}@{version}"}
        checksum = lock.get((name, version))
        if checksum:
            component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        components.append((package["id"], component))
    return dict(sorted(components, key=lambda pair: pair[1]["bom-ref"]))


def bom(main, components, dependencies):
    content = {"metadata": {"component": main}, "components": components,
               "dependencies": [{"ref": ref, "dependsOn": sorted(needs)} for ref, needs in sorted(dependencies.items())]}
    serial = uuid.uuid5(NAMESPACE, json.dumps(content, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1, **content}


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    graph = metadata()
    found = built_in(graph)
    by_id = crates(graph, found)
    refs = {package: component["bom-ref"] for package, component in by_id.items()}
    needs = {refs[package]: [refs[dep] for dep in deps] for package, deps in found.items()}
    root = by_id[graph["resolve"]["root"]]
    others = [component for component in by_id.values() if component is not root]
    plugin = {"type": "library", "bom-ref": "extsock", "name": "libstrongswan-extsock", "version": root["version"],
              "licenses": licence("GPL-2.0-or-later")}
    for name, text in (("libsegw", bom(root, others, needs)),
                       ("extsock", bom(plugin, list(by_id.values()), {**needs, "extsock": [root["bom-ref"]]}))):
        path = folder / f"{name}.cdx.json"
        path.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
        print(f"ok   {path.name}: {len(text['components'])} components, each with a licence and a checksum or its source here")
        for component in text["components"]:
            if not component["licenses"] or not ("hashes" in component or component is root):
                print(f"FAIL {component['bom-ref']}: no licence or no checksum")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
