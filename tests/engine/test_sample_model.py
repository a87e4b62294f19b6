"""The saved sample model."""

from pathlib import Path

import keras
import numpy as np
import pytest

from inspector.files.read import read_batch
from sample_data.make_samples import write_model


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_saved_model_loads_and_predicts_what_the_script_makes(
    project: Path, tmp_path: Path
) -> None:
    # Its bytes hold a date, so they differ; its predictions do not.
    batch = read_batch(project / "sample_data" / "question.npz")
    saved = keras.saving.load_model(project / "sample_data" / "question.keras", safe_mode=True)
    write_model(tmp_path / "again.keras")
    again = keras.saving.load_model(tmp_path / "again.keras", safe_mode=True)
    assert [layer.name for layer in saved.layers] == [layer.name for layer in again.layers]
    assert saved.get_config() == again.get_config()
    np.testing.assert_allclose(saved(batch.x), again(batch.x), atol=1e-3)
    assert saved.evaluate(batch.x, batch.y, verbose=0) < 0.9  # trained: untrained it is 1.1
