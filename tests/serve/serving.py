"""A server of the program's for tests, and a network for it to serve."""

import http.client
import json
import socket
import struct
import subprocess
import time
import zlib
from pathlib import Path

RECIPE = """
name = "small"
[network]
family = "mlp"
hidden = [32]
[training]
epochs = 1
batch_size = 128
calibrate = true
[optimizer]
kind = "adamw"
learning_rate = 3e-3
"""


def train(program, folder, seed=1):
    """Leaves a small run in the folder, and returns its path."""
    run = folder / f"run-{seed}"
    recipe = folder / "small.toml"
    recipe.write_text(RECIPE)
    subprocess.run([program, "train", recipe, "--split", "synthetic", "--per-class", "10", "--no-test", "--quiet", "--seed", str(seed),
                    "--out", run], check=True, cwd=folder)
    return run


def png(rows):
    """A grey picture of rows of bytes."""
    def chunk(kind, contents):
        return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def stroke():
    """A picture of 28x28 in EMNIST's form: an upright stroke."""
    return [[255 if 12 <= x < 16 and 3 <= y < 25 else 0 for x in range(28)] for y in range(28)]


class Server:
    """The program, serving at a port that it chose."""

    def __init__(self, program, folder, *arguments):
        self.log = (folder / "server.log").open("wb")
        place = folder / "place.json"
        place.unlink(missing_ok=True)
        self.process = subprocess.Popen([program, "serve", *arguments, "--port", "0", "--json", place], stdout=self.log,
                                        stderr=subprocess.STDOUT, cwd=folder)
        while not place.exists():
            if self.process.poll() is not None:
                raise RuntimeError(Path(self.log.name).read_text())
            time.sleep(0.01)
        self.url = json.loads(place.read_text())["url"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def said(self):
        return Path(self.log.name).read_text()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, method, path, body=None, headers=None):
        """Status, headers by lower-case name, and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def stop(self, number):
        """Sends a signal and returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
