#!/usr/bin/env python3
"""Measures 'inkling serve' with wrk on loopback, beside FastAPI with ONNX Runtime and the same network.

    python3 bench/serve.py runs/cnn-0 --json serve.json
    python3 bench/serve.py runs/cnn-0 --reload 10          # minutes, with the model replaced every second

Each request has one image of 28x28 as JSON and asks for the probabilities of all classes. For each number of connections
it tells requests a second, percentiles of the time to an answer in milliseconds, and what was lost. wrk runs on the same
processors, one thread for both servers alike. FastAPI's packages go into build/serve-peer.
"""
import argparse
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
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "build/serve-peer"
PACKAGES = ["fastapi==0.165.0", "uvicorn[standard]==0.54.0", "onnxruntime==1.32.0", "numpy"]
PERCENTILES = (50, 99, 99.9)
SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '%s'
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("\\nRESULT %%d %%d %%d %%d %%d %%d", summary.requests, summary.duration, errors.connect,
    errors.read + errors.write, errors.timeout, errors.status))
  for _, percentile in ipairs({%s}) do io.write(string.format(" %%d", latency:percentile(percentile))) end
  io.write("\\n")
end
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=lambda path: Path(path).resolve(), help="folder of a finished run")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling", metavar="PROGRAM")
    parser.add_argument("--seconds", type=int, default=10, metavar="N", help="for each number of connections [10]")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 64, 1000], metavar="N", help="[1 64 1000]")
    parser.add_argument("--no-peer", action="store_true", help="leave FastAPI out")
    parser.add_argument("--reload", type=float, metavar="MINUTES", help="replace the model every second for so long, with 64 connections")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number to FILE")
    arguments = parser.parse_args()
    if not arguments.inkling.exists():
        parser.error(f"{arguments.inkling} does not exist; see --inkling")
    if shutil.which("wrk") is None:
        parser.error("no wrk here; tools/setup.sh --bench installs it")
    return arguments


def write_script(folder):
    draw = random.Random(1)
    image = [draw.randrange(256) if 4 <= i % 28 < 24 and 4 <= i // 28 < 24 else 0 for i in range(784)]
    script = folder / "predict.lua"
    script.write_text(SCRIPT % (json.dumps({"images": [image]}, separators=(",", ":")), ", ".join(map(str, PERCENTILES))))
    return script


def run_wrk(url, connections, seconds, script):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script, f"{url}/v1/predict"],
                         check=True, capture_output=True, text=True).stdout
    numbers = list(map(int, re.search(r"RESULT ([\d ]+)", out)[1].split()))
    requests, duration, connect, broken, timeout, status = numbers[:6]
    return {"connections": connections, "requests": requests, "requests_per_second": requests / (duration / 1e6),
            "lost": connect + broken + timeout + status,
            "milliseconds": {str(percentile): value / 1000 for percentile, value in zip(PERCENTILES, numbers[6:])}}


def resident_mib(process):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


def start_inkling(arguments, folder, model):
    place = folder / "place.json"
    place.unlink(missing_ok=True)
    process = subprocess.Popen([arguments.inkling, "serve", model, "--port", "0", "--connections", "2048", "--quiet", "--json", place])
    while not place.exists():
        if process.poll() is not None:
            sys.exit("bench: the server did not start")
        time.sleep(0.05)
    return process, json.loads(place.read_text())["url"]


def start_peer(arguments, folder):
    if not (PEER / "bin/uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
        subprocess.run([PEER / "bin/pip", "install", "--quiet", *PACKAGES], check=True)
    subprocess.run([arguments.inkling, "export", arguments.model, "--onnx", folder / "model.onnx", "--probabilities", "--quiet"], check=True)
    process, url = start_inkling(arguments, folder, arguments.model)
    with urllib.request.urlopen(f"{url}/v1/models") as answer:
        names = json.load(answer)["models"][0]["classes"]
    process.terminate()
    process.wait()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([PEER / "bin/uvicorn", "serve_peer:app", "--port", str(port), "--workers", str(len(os.sched_getaffinity(0))),
                                "--no-access-log", "--log-level", "warning"], cwd=ROOT / "bench",
                               env={**os.environ, "INKLING_PEER_MODEL": str(folder / "model.onnx"), "INKLING_PEER_NAMES": json.dumps(names)})
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json").close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)


def measure(name, process, url, arguments, script):
    results = []
    run_wrk(url, 8, 1, script)  # what is made at the first request is there
    for connections in arguments.connections:
        result = run_wrk(url, connections, arguments.seconds, script)
        results.append(result)
        times = "  ".join(f"{percentile}%: {value:.2f} ms" for percentile, value in result["milliseconds"].items())
        print(f"{name}, {connections} connections: {result['requests_per_second']:.0f} requests/s  {times}  lost {result['lost']}", flush=True)
    process.send_signal(signal.SIGTERM)
    process.wait()
    return results


def measure_reloads(arguments, folder, script):
    served = folder / "served"
    shutil.copytree(arguments.model, served)
    process, url = start_inkling(arguments, folder, served)
    run_wrk(url, 64, 5, script)
    before, stopping, replaced = resident_mib(process), threading.Event(), 0

    def replace():
        nonlocal replaced
        while not stopping.wait(1):
            shutil.copy(arguments.model / "model.safetensors", served / "aside")
            (served / "aside").rename(served / "model.safetensors")
            replaced += 1

    replacing = threading.Thread(target=replace)
    replacing.start()
    result = run_wrk(url, 64, int(60 * arguments.reload), script)
    stopping.set()
    replacing.join()
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        loaded = int(re.search(r'inkling_reloads_total{outcome="served"} (\d+)', answer.read().decode())[1])
    result |= {"replaced": replaced, "loaded": loaded, "mib_before": before, "mib_after": resident_mib(process)}
    process.send_signal(signal.SIGTERM)
    process.wait()
    print(f"{result['requests']} requests, {result['lost']} lost, while the model was replaced {replaced} times and loaded {loaded} times; "
          f"{before:.0f} MiB before, {result['mib_after']:.0f} MiB after")
    return result


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="inkling-bench-") as name:
        folder = Path(name)
        script = write_script(folder)
        if arguments.reload is not None:
            results = {"reload": measure_reloads(arguments, folder, script)}
        else:
            results = {"inkling": measure("inkling", *start_inkling(arguments, folder, arguments.model), arguments, script)}
            if not arguments.no_peer:
                results["fastapi"] = measure("fastapi", *start_peer(arguments, folder), arguments, script)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


main()
