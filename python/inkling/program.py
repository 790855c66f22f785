"""The program, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

from .errors import DataError, InklingError, UsageError

_ERRORS = {2: UsageError, 3: DataError}


def run(*arguments: str, output: int | None = subprocess.DEVNULL) -> str:
    """Runs ``inkling arguments...``; returns what it printed where `output` is subprocess.PIPE.

    Raises
    ------
    InklingError
        With the program's own line; of the kind that its exit status says.
    KeyboardInterrupt
        On Ctrl-C, when the program has saved what it has.
    """
    # In a session of its own, a terminal's Ctrl-C does not reach it: a second signal would end it before it has saved.
    with subprocess.Popen([sys.executable, "-m", "inkling", *arguments], stdout=output, text=True, start_new_session=True,
                          stderr=None if output is None else subprocess.PIPE) as process:
        try:
            printed, errors = process.communicate()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGTERM)
            process.wait()
            raise
    if process.returncode != 0:
        raise _ERRORS.get(process.returncode, InklingError)(_message(arguments[0], process.returncode, errors or ""))
    return printed or ""


def _message(command: str, status: int, errors: str) -> str:
    """The program's own line; where it ended without one, such as by a signal, the last line that was printed."""
    lines = [line for line in errors.splitlines() if line.strip()]
    own = [line.removeprefix("inkling: ") for line in lines if line.startswith("inkling: ")]
    if own:
        return own[-1]
    return f"inkling {command} ended with {status}" + (f": {lines[-1].strip()}" if lines else "")
