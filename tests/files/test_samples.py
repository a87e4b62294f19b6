"""The samples are what their script makes, and read as what their README says."""

from pathlib import Path

import numpy as np
import pytest

from inspector.files.read import read_batch
from sample_data import make_samples


@pytest.mark.parametrize("name", make_samples.REPRODUCIBLE)
def test_the_script_makes_the_sample_byte_for_byte(project: Path, name: str) -> None:
    assert (project / "sample_data" / name).read_bytes() == make_samples.REPRODUCIBLE[name]()


@pytest.mark.parametrize("name", ["names.csv", "names.parquet"])
def test_the_names_are_a_batch_of_200_padded_rows_with_tags(project: Path, name: str) -> None:
    batch = read_batch(project / "sample_data" / name, encoding="ids")
    assert batch.rows == 200
    assert batch.target_vocabulary == ("#", "F", "G", "_")
    np.testing.assert_array_equal(batch.target_valid, batch.valid)
    lengths = batch.valid.sum(axis=1)
    assert lengths.max() == batch.timesteps
    assert lengths.min() < batch.timesteps / 2
    assert len(set(batch.tokens or ())) == 200


def test_the_readme_names_every_sample(project: Path) -> None:
    folder = project / "sample_data"
    text = (folder / "README.md").read_text("utf-8")
    samples = [path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".md"]
    assert set(make_samples.REPRODUCIBLE) < set(samples)
    assert not [name for name in samples if f"`{name}`" not in text]


def test_the_length_that_the_readme_tells(project: Path) -> None:
    timesteps = read_batch(project / "sample_data" / "names.csv").timesteps
    assert f"to {timesteps} characters" in (project / "sample_data" / "README.md").read_text(
        "utf-8"
    )
