"""The notebook of python/examples, run as a user would."""

from __future__ import annotations

import pathlib

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOK = pathlib.Path(__file__).parents[1] / "examples" / "walkthrough.ipynb"
SECONDS = 900  # of one cell, at most; it takes a few minutes in all


def printed(cell: dict[str, object]) -> str:
    outputs = cell.get("outputs", [])
    assert isinstance(outputs, list)
    return "".join(output.get("text", "") for output in outputs)


def test_one_update_beats_two_hundred_steps_of_adam(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The notebook's last cell asserts it; a cell that raises fails here."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(
        book, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    text = "".join(printed(cell) for cell in book.cells)
    assert "one update" in text and "200 steps of Adam" in text
    with capsys.disabled():
        print("\n" + text)
