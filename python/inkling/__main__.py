"""The program: python -m inkling."""

import sys

from . import _inkling


def main() -> int:
    return _inkling.run_program(["inkling", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
