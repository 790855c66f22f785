"""Studies: which choices make a network good."""

from __future__ import annotations

import io
import json
import os
import pathlib
import subprocess
from typing import TYPE_CHECKING, Any

from . import program
from .data import Path
from .model import Model, load_model

if TYPE_CHECKING:
    import pandas


class Study:
    """A study in a folder, which it goes on from however it was stopped.

    Parameters
    ----------
    folder : path
        Where the study is, or is to be.

    Examples
    --------
    >>> study = Study("studies/mine")
    >>> study.run(data="~/emnist", split="balanced", time="8m")      # doctest: +SKIP
    >>> study.best("cnn").predict(images)                            # doctest: +SKIP
    """

    def __init__(self, folder: Path) -> None:
        self.folder = pathlib.Path(folder)

    def __repr__(self) -> str:
        return f"<inkling.Study in {str(self.folder)!r}>"

    @property
    def begun(self) -> bool:
        return (self.folder / "study.sqlite").exists()

    @property
    def finished(self) -> bool:
        return (self.folder / "report.json").exists()

    @property
    def report(self) -> pathlib.Path:
        """The page that explains what was found, for a browser."""
        return self.folder / "report.html"

    def run(self, recipe: Path = "study", *options: str, data: Path | None = None, split: str | None = None,
            time: str | None = None, quiet: bool = False) -> Study:
        """Makes the study, or goes on with it where it was begun; its progress goes to standard error and output.

        Parameters
        ----------
        recipe : path
            A study's recipe, or the name of one that comes along. What a begun study has is not asked for again.
        *options : str
            Of ``inkling study``, such as ``"--strategy", "tpe"``.
        data, split
            As of `load`.
        time : str, optional
            How long it is to take, such as "10m".
        quiet : bool
            Prints nothing.

        Raises
        ------
        UsageError, DataError, InklingError
        KeyboardInterrupt
            On Ctrl-C; all finished trainings are kept.
        """
        arguments = ["study", str(self.folder)] if self.begun else ["study", os.fspath(recipe), "--out", str(self.folder), *options]
        if not self.begun:
            for option, value in (("--data", data), ("--split", split), ("--time", time)):
                if value is not None:
                    arguments += [option, os.path.expanduser(os.fspath(value))]
        program.run(*arguments, *(["--quiet"] if quiet else []), output=subprocess.DEVNULL if quiet else None)
        return self

    def results(self) -> dict[str, Any]:
        """All figures of the report, of a finished study."""
        figures: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return figures

    def to_pandas(self) -> pandas.DataFrame:
        """Every option tried, a row each, with its score on each fold; of a study that runs too."""
        import pandas

        return pandas.read_csv(io.StringIO(program.run("study", str(self.folder), "--export", "csv", output=subprocess.PIPE)))

    def best(self, family: str) -> Model:
        """What was found of a family, "mlp" or "cnn", trained on all images with the first seed."""
        return load_model(self.folder / "best" / family / "seed-0")
