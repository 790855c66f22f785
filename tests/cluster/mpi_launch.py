"""Starting programs by a real mpirun, of Open MPI or MPICH, on one machine that has fewer cores than processes."""
import os
import pathlib
import signal
import subprocess
import time


class Launcher:
    def __init__(self, mpiexec):
        self.mpiexec = mpiexec
        version = subprocess.run([mpiexec, "--version"], capture_output=True, text=True).stdout
        self.is_open_mpi = "Open MPI" in version or "OpenRTE" in version or "PRRTE" in version

    def command(self, processes, program):
        options = ["--oversubscribe", "--allow-run-as-root", "--bind-to", "none"] if self.is_open_mpi else []
        return [self.mpiexec, *options, "-n", str(processes), *map(str, program)]

    def start(self, processes, program, **options):
        return subprocess.Popen(self.command(processes, program), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True, **options)

    def start_joined(self, processes, program, told, **options):
        """As start(), but returns once a line on standard output holds `told`, which comes after all have joined, with
        the processes by rank: who ends a process before may leave Open MPI's mpirun waiting for ever."""
        job = self.start(processes, program, **options)
        for line in job.stdout:
            if told in line:
                break
        ranks = {rank_of(process): process for process in named(children_of(job.pid), program[0])}
        return job, ranks

    def run_through_kills(self, start, kills, longest, draw, is_done=lambda: False):
        """Starts a job as often as it takes to end by itself, and kills one of its ranks within `longest` seconds the
        first `kills` times; each killed job must end soon. start(killed) gives a job and its processes by rank, after so
        many have been killed."""
        killed = 0
        while not is_done():
            job, ranks = start(killed)
            kills_it = killed < kills and bool(ranks)
            if kills_it:
                time.sleep(draw.uniform(0, longest))
                kill(ranks[draw.choice(sorted(ranks))])
                killed += 1
            begun = time.monotonic()
            _, errors = job.communicate(timeout=120)
            if job.returncode == 0:
                return
            assert kills_it, f"a job that nobody killed failed: {errors}"
            assert time.monotonic() - begun < 30, "a killed job ends soon"

    def run(self, processes, program, **options):
        """Status, standard output, standard error."""
        job = self.start(processes, program, **options)
        output, errors = job.communicate(timeout=300)
        return job.returncode, output, errors


def children_of(process):
    """All processes below one, their numbers."""
    parents = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    below, found = [process], []
    while below:
        parent = below.pop()
        own = [child for child, its in parents.items() if its == parent]
        found += own
        below += own
    return found


def named(processes, program):
    """Those that run a program of that path."""
    found = []
    for process in processes:
        try:
            if os.readlink(f"/proc/{process}/exe") == os.path.realpath(program):
                found.append(process)
        except OSError:
            pass
    return found


def rank_of(process):
    """Its rank, as its launcher told it."""
    try:
        variables = pathlib.Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    for variable in variables:
        for name in (b"OMPI_COMM_WORLD_RANK=", b"PMI_RANK="):
            if variable.startswith(name):
                return int(variable[len(name):])
    return None


def kill(process, number=signal.SIGKILL):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass
