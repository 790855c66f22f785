"""Serves networks and asks for readings over loopback: server_test.py PROGRAM

Looks at answers, limits, tokens and security headers; at models that are loaded anew while requests come; at signals; at
clients that are slow, silent or send anything but requests. Repeats the latter twenty times as often where INKLING_SOAK is
set.
"""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import serving

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""
MUTATED = 10_000 * (20 if "INKLING_SOAK" in os.environ else 1)
TOKEN = "0123456789abcdef0123456789abcdef"
PICTURE = serving.png(serving.stroke())
PNG = {"Content-Type": "image/png"}


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def read_all(connection):
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inkling-serve-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.runs = [serving.train(PROGRAM, cls.folder, seed) for seed in (1, 2)]

    def serve(self, *arguments):
        server = serving.Server(PROGRAM, self.folder, *arguments)
        self.addCleanup(server.close)
        return server

    def predict(self, server, headers=PNG, body=PICTURE, query=""):
        return server.ask("POST", "/v1/predict" + query, body, headers)

    def check_problem(self, answer, status, detail):
        self.assertEqual(answer[0], status, answer[2])
        self.assertEqual(answer[1]["content-type"], "application/problem+json")
        problem = json.loads(answer[2])
        self.assertEqual((problem["status"], problem["type"]), (status, "about:blank"))
        self.assertIn(detail, problem["detail"])

    def check_serves(self, server):
        self.assertEqual(self.predict(server)[0], 200)
        self.assertIsNone(server.process.poll())

    def test_reads_what_predict_reads(self):
        server = self.serve(*self.runs)
        (self.folder / "stroke.png").write_bytes(PICTURE)
        subprocess.run([PROGRAM, "predict", self.runs[1], "stroke.png", "--json", "read.json", "--quiet"], check=True, cwd=self.folder)
        expected = json.loads((self.folder / "read.json").read_text())
        form = b"--x\r\nContent-Disposition: form-data; name=\"p\"; filename=\"stroke.png\"\r\n\r\n" + PICTURE + b"\r\n--x--\r\n"
        for headers, body, file in (
                (PNG, PICTURE, "picture"),
                ({"Content-Type": "multipart/form-data; boundary=x"}, form, "stroke.png"),
                ({"Content-Type": "application/json"}, json.dumps({"images": [sum(serving.stroke(), [])]}), "images[0]")):
            status, _, answer = self.predict(server, headers, body, "?model=run-2")
            self.assertEqual(status, 200, answer)
            answer = json.loads(answer)
            self.assertEqual(answer["pictures"][0].pop("file"), file)
            got, wanted = answer["pictures"][0]["characters"][0], expected["pictures"][0]["characters"][0]
            self.assertEqual((answer["coverage"], got["set"], got["box"]), (expected["coverage"], wanted["set"], wanted["box"]))
            self.assertEqual([one["name"] for one in got["classes"]], [one["name"] for one in wanted["classes"]])
            for one, other in zip(got["classes"], wanted["classes"]):
                self.assertAlmostEqual(one["probability"], other["probability"], 5)

    def test_answers_in_pieces_and_without_a_length(self):
        server = self.serve(self.runs[0])
        expected = self.predict(server)[2]
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (PICTURE[:10], PICTURE[10:])) + b"0\r\n\r\n"
        lines = ("Content-Type: image/png", "Transfer-Encoding: chunked", "Connection: close")
        with server.connect() as connection:
            connection.sendall(head("POST", "/v1/predict", *lines) + pieces)
            self.assertTrue(read_all(connection).endswith(expected))
        request = head("POST", "/v1/predict", "Content-Type: image/png", f"Content-Length: {len(PICTURE)}") + PICTURE
        with server.connect() as connection:  # one after another on one connection, sent at once
            connection.sendall(3 * request + head("GET", "/healthz", "Connection: close"))
            received = read_all(connection)
            self.assertEqual((received.count(expected), received.count(b"HTTP/1.1 200")), (3, 4))

    def test_every_answer_has_security_headers(self):
        server = self.serve(self.runs[0])
        for path in ("/", "/healthz", "/v1/models", "/metrics", "/openapi.json", "/nothing", "/../../etc/passwd"):
            status, headers, body = server.ask("GET", path)
            self.assertEqual(status, 404 if path in ("/nothing", "/../../etc/passwd") else 200, path)
            for name, value in (("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"),
                                ("cache-control", "no-store"), ("cross-origin-resource-policy", "same-origin")):
                self.assertEqual(headers[name], value)
            self.assertIn("frame-ancestors 'none'", headers["content-security-policy"])
            if path != "/":
                self.assertIn("default-src 'none'", headers["content-security-policy"])
            self.assertNotIn(b"root:", body)
        page = server.ask("GET", "/")
        self.assertEqual(page[1]["content-type"], "text/html; charset=utf-8")
        self.assertIn(b"Content-Security-Policy", page[2])
        self.assertIn(b'"name":"run-1"', page[2])
        self.assertEqual(server.ask("HEAD", "/")[1]["content-length"], str(len(page[2])))

    def test_refuses_with_a_reason(self):
        server = self.serve(self.runs[0], "--body", "1", "--images", "2")
        self.check_problem(self.predict(server, body=b"nothing"), 400, "no picture")
        self.check_problem(server.ask("GET", "/v1/predict"), 405, "GET is not for /v1/predict")
        self.check_problem(server.ask("BREW", "/v1/models"), 405, "BREW is not for /v1/models")
        self.check_problem(server.ask("GET", "/none"), 404, "nothing here")
        images = json.dumps({"images": 3 * [784 * [0]]})
        self.check_problem(self.predict(server, {"Content-Type": "application/json"}, images), 413, "more than 2 images")
        self.check_problem(self.predict(server, {"Content-Type": "text/plain"}), 415, "text/plain")
        with server.connect() as connection:
            connection.sendall(head("POST", "/v1/predict", f"Content-Length: {1024 * 1024 + 1}"))
            self.assertIn(b"a body of more than 1048576 bytes", read_all(connection))
        with server.connect() as connection:
            connection.sendall(head("POST", "/v1/predict", "Transfer-Encoding: chunked", "Connection: close"))
            connection.sendall(40 * (b"8000\r\n" + 0x8000 * b"x" + b"\r\n") + b"0\r\n\r\n")
            self.assertIn(b"a body of more than 1048576 bytes", read_all(connection))
        for lengths in (("Content-Length: 3", "Content-Length: 4"), ("Content-Length: 3", "Transfer-Encoding: chunked")):
            with server.connect() as connection:
                connection.sendall(head("POST", "/v1/predict", *lengths))
                self.assertRegex(read_all(connection), b"^HTTP/1.1 400 ")
        self.check_serves(server)

    def test_asks_for_the_token(self):
        (self.folder / "token").write_text(TOKEN + "\n")
        server = self.serve(self.runs[0], "--token-file", "token")
        for headers in (PNG, {**PNG, "Authorization": "Bearer " + TOKEN[:-1]}):
            answer = self.predict(server, headers)
            self.check_problem(answer, 401, "no valid token")
            self.assertEqual(answer[1]["www-authenticate"], "Bearer")
        self.assertEqual(self.predict(server, {**PNG, "Authorization": "Bearer " + TOKEN})[0], 200)
        self.assertEqual(server.ask("GET", "/")[0], 401)
        self.assertEqual(server.ask("GET", "/healthz")[0], 200)
        (self.folder / "short").write_text("secret")
        end = subprocess.run([PROGRAM, "serve", self.runs[0], "--token-file", "short"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((end.returncode, end.stderr.count("\n")), (3, 1))
        self.assertNotIn("secret", end.stderr)

    def test_limits_rate_and_connections(self):
        server = self.serve(self.runs[0], "--rate", "5", "--connections", "4")
        answers = [self.predict(server) for _ in range(20)]
        counts = [sum(answer[0] == status for answer in answers) for status in (200, 429)]
        self.assertEqual(sum(counts), 20)
        self.assertGreaterEqual(min(counts), 1)
        refused = next(answer for answer in answers if answer[0] == 429)
        self.check_problem(refused, 429, "more than 5 requests a second from 127.0.0.1")
        self.assertEqual(refused[1]["retry-after"], "1")
        idle = [server.connect() for _ in range(4)]
        for connection in idle:  # until it was taken
            connection.sendall(head("GET", "/healthz"))
            self.assertRegex(connection.recv(4096), b"^HTTP/1.1 200 ")
        self.check_problem(server.ask("GET", "/healthz"), 503, "too many connections")
        for connection in idle:
            connection.close()
        while server.ask("GET", "/healthz")[0] != 200:
            time.sleep(0.01)

    def test_a_port_that_is_taken_is_told(self):
        server = self.serve(self.runs[0])
        end = subprocess.run([PROGRAM, "serve", self.runs[0], "--port", str(server.port)], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((end.returncode, end.stderr.count("\n")), (1, 1), end.stderr)
        self.assertIn("Address already in use", end.stderr)

    def loading(self, server):
        return json.loads(server.ask("GET", "/v1/models")[2])["models"][0]["loading"]

    def wait_for_loading(self, server, least):
        while self.loading(server) < least:
            self.assertIsNone(server.process.poll())
            time.sleep(0.01)

    def test_loads_models_anew_without_losing_a_request(self):
        served = self.folder / "served"
        shutil.copytree(self.runs[0], served)
        weights = [(run / "model.safetensors").read_bytes() for run in self.runs]

        def replace(contents):
            (served / "aside").write_bytes(contents)
            (served / "aside").rename(served / "model.safetensors")

        server = self.serve(served)
        known = {self.predict(server)[2]}
        replace(weights[1])
        self.wait_for_loading(server, 2)  # by itself
        known.add(self.predict(server)[2])
        self.assertEqual(len(known), 2)
        stopping, answers = threading.Event(), []

        def ask_on():
            while not stopping.is_set():
                answers.append(self.predict(server))

        clients = [threading.Thread(target=ask_on) for _ in range(4)]
        for client in clients:
            client.start()
        for number in range(10):
            replace(weights[number % 2])
            before = self.loading(server)
            server.process.send_signal(signal.SIGHUP)
            self.wait_for_loading(server, before + 1)
        stopping.set()
        for client in clients:
            client.join()
        self.assertEqual({answer[0] for answer in answers}, {200})
        # Last digits depend on which requests were computed together.
        best = lambda body: [one["name"] for one in json.loads(body)["pictures"][0]["characters"][0]["classes"][:3]]  # noqa: E731
        self.assertTrue({tuple(best(answer[2])) for answer in answers} <= {tuple(best(body)) for body in known})
        replace(b"no model")
        while "is served as it was" not in server.said():
            time.sleep(0.01)
        self.check_serves(server)

    def test_sigterm_finishes_what_has_begun(self):
        server = self.serve(self.runs[0])
        with server.connect() as idle, server.connect() as connection:
            connection.sendall(head("POST", "/v1/predict", "Content-Type: image/png", f"Content-Length: {len(PICTURE)}") + PICTURE[:9])
            while b"inkling_requests_open 2" not in server.ask("GET", "/metrics")[2]:
                time.sleep(0.01)
            server.process.send_signal(signal.SIGTERM)
            while True:
                try:
                    server.connect().close()
                except ConnectionError:
                    break
            connection.sendall(PICTURE[9:])
            received = read_all(connection)
            self.assertRegex(received, b"^HTTP/1.1 200 ")
            self.assertRegex(received, b"(?i)\r\nconnection: close\r\n")
            self.assertEqual(read_all(idle), b"")
        self.assertEqual(server.process.wait(60), 0)
        self.assertEqual(self.serve(self.runs[0]).stop(signal.SIGTERM), 0)
        self.assertEqual(self.serve(self.runs[0]).stop(signal.SIGINT), 130)

    def test_slow_clients_are_cut_and_hold_nobody_up(self):
        server = self.serve(self.runs[0], "--timeout", "1", "--idle", "1")
        body = head("POST", "/v1/predict", "Content-Type: image/png", f"Content-Length: {len(PICTURE)}")
        slow = {"silent": b"", "head": b"GET /heal", "body": body + PICTURE[:5], "chunk": body.replace(b"Content-Length", b"X") + b"ff"}
        connections = {name: server.connect() for name in slow}
        for name, begin in slow.items():
            connections[name].sendall(begin)
        reader = server.connect()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(200):  # answers that nobody takes fill every buffer
            try:
                reader.send(head("GET", "/"), socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
        open_ones = dict(connections)
        while open_ones:
            for name in list(open_ones):
                try:
                    open_ones[name].send(b"a")  # a byte now and then
                    open_ones[name].settimeout(0.05)
                    if open_ones[name].recv(4096) == b"":
                        del open_ones[name]
                except socket.timeout:
                    pass
                except OSError:
                    del open_ones[name]
            self.check_serves(server)
        while int(re.search(rb"\ninkling_connections (\d+)", server.ask("GET", "/metrics")[2])[1]) > 1:  # the reader's too
            time.sleep(0.05)
        for connection in [*connections.values(), reader]:
            connection.close()
        self.assertRegex(server.ask("GET", "/metrics")[2], rb"\ninkling_connections_cut [1-9]")

    def test_anything_but_requests_harms_nothing(self):
        server = self.serve(self.runs[0])
        expected = self.predict(server)[2]
        image = json.dumps({"images": [sum(serving.stroke(), [])]}, separators=(",", ":")).encode()
        form = b"--x\r\nContent-Disposition: form-data; name=p\r\n\r\n" + PICTURE + b"\r\n--x--\r\n"
        seeds = [head("POST", "/v1/predict?top=3&charset=digits", f"Content-Type: {kind}", f"Content-Length: {len(body)}") + body
                 for kind, body in (("image/png", PICTURE), ("application/json", image), ("multipart/form-data; boundary=x", form))]
        seeds.append(head("POST", "/v1/predict", "Transfer-Encoding: chunked", "Expect: 100-continue") + b"5\r\nabcde\r\n0\r\nA: b\r\n\r\n")
        seeds += [head("GET", path, "Connection: keep-alive", "Authorization: Bearer x") for path in ("/", "/v1/models", "/metrics", "/%2e%2e/x")]

        def mutate(request, draw):
            request = bytearray(request)
            for _ in range(draw.randint(1, 4)):
                at = draw.randrange(min(len(request), draw.choice((40, 200, 100_000)))) if request else 0
                kind = draw.randrange(5)
                if kind == 0 and request:
                    request[at] ^= 1 << draw.randrange(8)
                elif kind == 1:
                    request[at:at] = bytes(draw.choice((b"\r\n", b"\0", b" ", b"%00", b"\xff", b":", b"9" * 30, b"a" * 9000)))
                elif kind == 2:
                    del request[at:at + draw.randint(1, 40)]
                elif kind == 3:
                    del request[at:]
                else:
                    request[at:at] = request[at:at + draw.randint(1, 400)]
            return bytes(request)

        statuses, lock, numbers = {}, threading.Lock(), iter(range(MUTATED))

        def send_all():
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                draw = random.Random(number)
                with server.connect() as connection:
                    try:
                        connection.sendall(mutate(draw.choice(seeds), draw))
                        connection.shutdown(socket.SHUT_WR)
                    except OSError:
                        pass  # it was refused before its end
                    received = read_all(connection)
                status = received[:12]
                with lock:
                    statuses[status] = statuses.get(status, 0) + 1

        senders = [threading.Thread(target=send_all) for _ in range(8)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        print(f"{MUTATED} mutated requests: {statuses}", file=sys.stderr)
        self.assertTrue(all(re.fullmatch(rb"(HTTP/1\.1 [1-5]\d\d)?", status) for status in statuses), statuses)
        self.assertNotIn(b"HTTP/1.1 500", statuses)
        self.assertGreater(statuses[b"HTTP/1.1 400"], MUTATED / 20)
        self.assertEqual(self.predict(server)[2], expected)
        metrics = server.ask("GET", "/metrics")[2]
        self.assertIn(b"\ninkling_requests_open 1\n", metrics)
        self.assertIn(b"\ninkling_held_bytes 0\n", metrics)


unittest.main()
