"""Asks a server what its OpenAPI document says that one may, by schemathesis: document_test.py PROGRAM

Every answer must be one that the document has. Exits with 77 where schemathesis is not there.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import serving

PROGRAM = os.path.abspath(sys.argv[1])
EXAMPLES = 30 * (20 if "INKLING_SOAK" in os.environ else 1)

try:
    import schemathesis  # noqa: F401
except ImportError:
    print("NO SCHEMATHESIS: the test of the OpenAPI document is SKIPPED", file=sys.stderr)
    sys.exit(77)

with tempfile.TemporaryDirectory(prefix="inkling-serve-") as name:
    folder = Path(name)
    server = serving.Server(PROGRAM, folder, serving.train(PROGRAM, folder))
    try:
        # No schema says which bytes are a picture, so that what the schema allows may be refused.
        end = subprocess.run([Path(sys.executable).parent / "schemathesis", "run", f"{server.url}/openapi.json", "--checks", "all",
                              "--exclude-checks", "positive_data_acceptance", "--max-examples", str(EXAMPLES), "--seed", "1"], cwd=folder)
    finally:
        server.close()
sys.exit(end.returncode)
