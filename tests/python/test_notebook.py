import os
import pathlib

import pytest

NOTEBOOK = pathlib.Path(__file__).parent.parent.parent / "examples/assignment.ipynb"


@pytest.mark.filterwarnings("ignore")  # of the notebook's own packages
def test_the_assignments_notebook_runs(tmp_path):
    """From the first cell to the last, on real images where there are some."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel"), pytest.importorskip("matplotlib"), pytest.importorskip("pandas")
    os.environ.setdefault("MPLBACKEND", "agg")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "mlp best: " in printed and "cnn best: " in printed
    assert (tmp_path / "write.html").exists() and (tmp_path / "study/report.html").exists()
