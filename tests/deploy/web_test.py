"""Runs exported networks in a browser by onnxruntime-web: web_test.py WRITE_EXPORTS FOLDER

Holds a network's logits, in floats and in 8 bits, to the program's own. The package comes from npm's registry, is held to
its hash, and stays in FOLDER. Exits with 77 where there is no browser, no registry, or the program was built without ONNX.
"""

import base64
import functools
import hashlib
import http.server
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import browser  # noqa: E402

WRITE_EXPORTS, KEPT = [os.path.abspath(sys.argv.pop(1)) for _ in range(2)]
PACKAGE = "https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-1.30.0.tgz"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
FILES = ["ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"]
NETWORK = "cnn-minute"
RUN = """return (async () => {
    ort.env.wasm.numThreads = 1;
    const network = await ort.InferenceSession.create(arguments[0]);
    const image = new ort.Tensor("float32", arguments[1], [arguments[1].length / 784, 1, 28, 28]);
    const {logits} = await network.run({image});
    return {shape: logits.dims, values: [...logits.data]};
})()"""


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def package():
    """The tar archive of onnxruntime-web, fetched where it is not kept yet."""
    kept = Path(KEPT) / PACKAGE.rpartition("/")[2]
    if not kept.exists():
        try:
            with urllib.request.urlopen(PACKAGE, timeout=60) as answer:
                found = answer.read()
        except OSError as error:
            skip(f"{PACKAGE} cannot be fetched ({error})")
        with tempfile.NamedTemporaryFile(dir=KEPT, delete=False) as aside:
            aside.write(found)
        os.replace(aside.name, kept)
    digest = base64.b64encode(hashlib.sha512(kept.read_bytes()).digest()).decode()
    if digest != SHA512:
        kept.unlink()
        sys.exit(f"{PACKAGE}: its SHA-512 is {digest}, expected {SHA512}")
    return kept


class Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html",
                      "": "application/octet-stream"}

    def log_message(self, *_):
        pass


class WebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inkling-web-")
        cls.addClassCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        subprocess.run([WRITE_EXPORTS, folder, "onnx"], check=True)
        expected = json.loads((folder / "expected.json").read_text())
        if not expected["onnx"]:
            skip("built without ONNX; tools/setup.sh --onnx installs what it needs")
        cls.number = [network["name"] for network in expected["networks"]].index(NETWORK)
        cls.expected = expected["networks"][cls.number]
        cls.pixels = [pixel / 255 for image in expected["images"] for pixel in image]
        with tarfile.open(package()) as archive:
            for name in FILES:
                (folder / name).write_bytes(archive.extractfile(f"package/dist/{name}").read())
        (folder / "page.html").write_text(f'<!doctype html><script src="{FILES[0]}"></script>')
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.browser.open(f"http://127.0.0.1:{server.server_address[1]}/page.html")

    def assert_reads(self, file, expected, tolerance):
        logits = self.browser.run(RUN, file, self.pixels)
        self.assertEqual(logits["shape"], [len(expected), len(expected[0])])
        far = max(abs(a - b) for a, b in zip(logits["values"], sum(expected, [])))
        print(f"{file}: logits are at most {far:.1e} from the program's")
        self.assertLess(far, tolerance)

    def test_a_network_has_the_engines_logits(self):
        self.assert_reads(f"{self.number}.onnx", self.expected["logits"], 1e-4)

    def test_a_quantized_network_computes_what_we_expect(self):
        largest = max(map(abs, sum(self.expected["int8"], [])))
        self.assert_reads(f"{self.number}-int8.onnx", self.expected["int8"], 0.02 * largest)


if __name__ == "__main__":
    if not (browser.CHROMIUM and browser.DRIVER):
        skip("no chromium with its chromedriver here; tools/setup.sh --tests installs them")
    unittest.main(verbosity=2)
