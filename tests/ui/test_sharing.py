"""What can be taken along from the Inspect page: the report, and the scripts."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from inspector.core.requests import InspectRequest, ModelChoices, SentenceChoices
from inspector.core.text.sentences import batch_from_choices
from inspector.files.results import load_result
from inspector.ui.choices import Key
from inspector.ui.sharing import report_bytes
from inspector.views.code_for_this import code_for_this
from tests.views import made

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture(scope="module")
def app() -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    assert not app.exception
    return app


def test_the_report_is_offered_and_no_code_is_written_unasked(app: AppTest) -> None:
    labels = [button.proto.label for button in app.get("download_button")]
    assert "Save the report" in labels
    assert not [block for block in app.code if "import numpy" in block.value]


def test_the_scripts_stand_there_when_opened(app: AppTest) -> None:
    app.session_state[Key.CODE_FOR_THIS] = True
    app.run()
    assert not app.exception
    plain, ours = (block.value for block in app.code if "import numpy" in block.value)
    assert "import inspector" not in plain and "inspector.inspect(" in ours
    assert "layers.RepeatVector" in plain and "keras_value = model.evaluate(" in plain


def test_the_report_that_is_saved_can_be_read_back(tmp_path: Path) -> None:
    inspection = made.the_question()
    path = tmp_path / "mask-report.html"
    path.write_bytes(report_bytes(inspection))
    assert load_result(path).diagnosis == inspection.diagnosis


def test_a_batch_too_large_for_a_script_is_a_file_beside_it() -> None:
    batch = batch_from_choices(SentenceChoices(text="\n".join(["ab#" * 100] * 20)))
    inspection = made.the_question(batch)
    scripts = code_for_this(InspectRequest(batch, ModelChoices()), inspection)
    assert scripts.file is not None and len(scripts.plain) < 5_000
