# /// script
# requires-python = ">=3.10"
# dependencies = ["cyclonedx-python-lib[json-validation]==11.12.0"]
# ///
"""Checks a release's bill of materials against CycloneDX's schema, and its hashes against the files."""

import hashlib
import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

top = pathlib.Path(sys.argv[1])
text = (top / "sbom.cdx.json").read_text()
bom = json.loads(text)
wrong = JsonStrictValidator(SchemaVersion.from_version(bom["specVersion"])).validate_str(text)
if wrong:
    sys.exit(f"{top.name}: sbom.cdx.json: {wrong}")
named = {c["bom-ref"]: c for c in bom["components"]}
for file in sorted((top / "lib" / "fastclip").iterdir()):
    want = named[f"lib/fastclip/{file.name}"]["hashes"][0]["content"]
    if hashlib.sha256(file.read_bytes()).hexdigest() != want:
        sys.exit(f"{file}: not the file of the bill of materials")
print(f"{top.name}: {len(named)} parts, all with a licence: {all(c.get('licenses') for c in bom['components'])}")
