"""Recipes trained with several seeds: what the benchmarks of accuracy share."""
import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def add_arguments(parser):
    parser.add_argument("--data", metavar="DIR", help="as in 'inkling train'")
    parser.add_argument("--split", metavar="NAME", help="as in 'inkling train'")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="seeds 0 to N-1 [3]")
    parser.add_argument("--threads", type=int, metavar="N", help="as in 'inkling train'")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as in 'inkling train'")
    parser.add_argument("--holdout", action="store_true", help="as in 'inkling train'")
    parser.add_argument("--keep", type=Path, metavar="DIR",
                        help="keep the runs there, go on with those begun and take those that are finished")
    parser.add_argument("--inkling", type=lambda path: Path(path).resolve(), default=ROOT / "build/release/inkling",
                        metavar="PROGRAM")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every result to FILE")


def check_arguments(parser, arguments, files):
    for needed in (*files, arguments.inkling):
        if not needed.exists():
            parser.error(f"{needed} does not exist")
    if arguments.seeds < 1:
        parser.error("--seeds must be 1 or more")


def run(*command):
    """Runs a command with its progress in sight, away from standard output; ends the program where it fails."""
    code = subprocess.run([str(word) for word in command], stdout=sys.stderr).returncode
    if code != 0:
        sys.exit(f"{Path(sys.argv[0]).stem}: {' '.join(map(str, command))} ended with {code}")


class Trainings:
    """Runs of recipes by seed, each in a folder of its own below `folder`."""

    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.part = "validation" if arguments.holdout else "test"  # which judges
        folder.mkdir(parents=True, exist_ok=True)

    def options(self, *names):
        return [word for name in names if getattr(self.arguments, name)
                for word in (f"--{name}", str(getattr(self.arguments, name)))]

    def train(self, recipe, seed, overrides=(), name=None):
        """A finished run's folder, NAME-SEED, the recipe's name where there is no other."""
        folder = self.folder / f"{name or recipe.stem}-{seed}"
        if (folder / "metrics.json").exists():
            return folder
        if (folder / "checkpoint").exists():
            run(self.arguments.inkling, "train", "--resume", folder, *self.options("data", "threads"))
            return folder
        replaced = [word for value in (*overrides, *self.arguments.set) for word in ("--set", value)]
        judged = ["--holdout"] if self.arguments.holdout else []
        run(self.arguments.inkling, "train", recipe, "--out", folder, "--seed", seed, *judged, *replaced,
            *self.options("data", "split", "threads"))
        return folder


def metrics(folder):
    return json.loads((folder / "metrics.json").read_text())


@contextlib.contextmanager
def trainings(arguments):
    """Trainings in the folder of --keep, else in one that is removed at the end."""
    with tempfile.TemporaryDirectory() as temporary:
        yield Trainings(arguments, arguments.keep or Path(temporary))


def duration(seconds):
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
