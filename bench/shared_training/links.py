#!/usr/bin/env python3
"""Times the steps of a training that two hosts share over TCP, by the speed of the link between them. The hosts are
network namespaces of this machine, so that it needs root, iproute2 and Open MPI.

    make bench MPI=1
    bench/shared_training/links.py build/release/bench/shared_training/shared_training

Options of shared_training may follow: --reproducible, --batch-size, names of recipes.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/cluster"))
from hosts import Hosts  # noqa: E402

RATES = (None, "10gbit", "1gbit")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    program = [str(Path(sys.argv[1]).resolve()), "--threads", "1", *sys.argv[2:]]
    try:
        with tempfile.TemporaryDirectory() as folder, Hosts(2, folder) as hosts:
            for rate in RATES:
                if rate:
                    hosts.limit(rate)
                print(f"a link {f'of {rate}' if rate else 'without limit'}:", flush=True)
                subprocess.run(hosts.command(program), check=True)
    except PermissionError as error:
        sys.exit(f"links: no network namespaces here: {error}")


main()
