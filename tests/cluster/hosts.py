"""Hosts of one machine: network namespaces with names and addresses of their own, joined by a bridge whose links can be
cut. They need root, and iproute2."""
import os
import pathlib
import subprocess

ADDRESS = "10.213.7.{}"


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True)


class Hosts:
    """Context manager; raises PermissionError, which says why, where there can be none here. `own`, if any, is a folder
    that each host but the first has of its own, empty."""

    def __init__(self, count, folder, own=None):
        self.prefix = f"ik{os.getpid() % 100000}"
        self.numbers = range(1, count + 1)
        self.own = own
        # What mpirun starts its daemon on a host with, in place of ssh.
        self.agent = pathlib.Path(folder) / "agent"
        self.agent.write_text("#!/bin/sh\nexport number=${1##*.}\nshift\n" + self.entering("$number") + ' "$*"\n')
        self.agent.chmod(0o755)

    def entering(self, number):
        """Of a shell: runs the command that follows, as one word, on the host."""
        name = f"{self.prefix}-{number}"
        hide = f"[ {number} = 1 ] || mount -t tmpfs none {self.own}; " if self.own else ""
        return f"exec ip netns exec {name} unshare --uts --mount sh -c '{hide}hostname {name}; exec sh -c \"$0\"'"

    def __enter__(self):
        try:
            self.make("link", "add", self.prefix, "type", "bridge")
            self.make("link", "set", self.prefix, "up")
            for number in self.numbers:
                name, link = f"{self.prefix}-{number}", self.link(number)
                self.make("netns", "add", name)
                self.make("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
                self.make("link", "set", link, "master", self.prefix, "up")
                self.make("-n", name, "addr", "add", ADDRESS.format(number) + "/24", "dev", "eth0")
                self.make("-n", name, "link", "set", "eth0", "up")
                self.make("-n", name, "link", "set", "lo", "up")
        except PermissionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for number in self.numbers:
            ip("netns", "del", f"{self.prefix}-{number}")
        ip("link", "del", self.prefix)

    def make(self, *words):
        try:
            done = ip(*words)
        except FileNotFoundError as error:
            raise PermissionError(str(error)) from error
        if done.returncode != 0:
            raise PermissionError(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def link(self, number):
        return f"{self.prefix}v{number}"

    def cut(self, number):
        """Loses all that the host sends and is sent."""
        self.make("link", "set", self.link(number), "nomaster")

    def mend(self, number):
        self.make("link", "set", self.link(number), "master", self.prefix)

    def limit(self, rate):
        """Holds what each host sends to a rate, as "1gbit"."""
        for number in self.numbers:
            subprocess.run(["ip", "netns", "exec", f"{self.prefix}-{number}", "tc", "qdisc", "replace", "dev", "eth0",
                            "root", "tbf", "rate", rate, "burst", "512k", "latency", "50ms"], check=True)

    def command(self, program):
        """One process on each host, by Open MPI over TCP, started on the first."""
        words = ["mpirun", "--allow-run-as-root", "--bind-to", "none", "--mca", "plm_rsh_agent", self.agent,
                 "--mca", "plm_rsh_no_tree_spawn", "1", "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "eth0",
                 "--mca", "oob_tcp_if_include", "eth0", "--host", ",".join(map(ADDRESS.format, self.numbers)), *program]
        return ["sh", "-c", f"{self.entering(1)} \"$0\"", " ".join(map(str, words))]
