"""A batch from a file, on the page: uploaded, read, asked about, shown; without a browser."""

import io

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from inspector.core import requests
from inspector.core.paging import RowOrder
from inspector.core.presets import PRESETS
from inspector.ui import batch_file, large
from inspector.ui.choices import Key
from inspector.ui.uploads import NO_UPLOADS
from tests.ui.test_inspect_page import checked, figures, opened, verdict

FILE = {Key.BATCH_FROM: "File"}
TAGGER = {**FILE, Key.MODEL: PRESETS["tagger"].title}


def uploaded(app: AppTest, name: str, content: bytes | str) -> AppTest:
    raw = content.encode() if isinstance(content, str) else content
    app.file_uploader(key=Key.BATCH_UPLOAD).upload(name, raw, "text/plain").run()
    return checked(app)


def said(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


def test_the_page_asks_for_a_file() -> None:
    app = opened(**FILE)
    assert "Choose a batch file" in app.info[0].value
    assert not app.error and not figures(app)


def test_a_sample_is_previewed_and_inspected() -> None:
    app = opened(**FILE, **{Key.SAMPLE: "names.csv"})
    assert "stops at `encoder`" in verdict(app)
    assert "200 rows of 19 timesteps" in said(app)
    assert "Lengths of 200 rows: from 7 to 19" in figures(app)[0]
    assert "200 rows" in figures(app)[1]
    first = app.dataframe[0].value
    assert list(first.columns) == ["row", "real", "input", "target"]
    assert first["real"][0] == len(first["input"][0].rstrip("#"))


def test_an_upload_is_inspected_and_named_in_the_link() -> None:
    app = uploaded(opened(**TAGGER), "my.csv", "t1,t2,t3\n5,6,0\n7,0,0\n0,0,0\n")
    assert "Nothing is wrong" in verdict(app)
    assert "1 row is nothing but padding" in app.warning[0].value
    digest, name = "".join(app.query_params[Key.BATCH_LINK]).split(" ")
    assert name == "my.csv" and len(digest) == 16
    assert "the input itself" in said(app)


def test_a_link_asks_for_its_file_and_knows_another_one() -> None:
    app = opened(**FILE, **{Key.BATCH_LINK: "0123456789abcdef my.csv"})
    asked = "".join(info.value for info in app.info)
    assert "`my.csv`" in asked and "0123456789abcdef" in asked
    uploaded(app, "other.txt", "##abb\n#babb\n")
    assert "made for another file: `my.csv`" in app.warning[0].value
    assert "stops at `encoder`" in verdict(app)


def test_columns_with_other_names_are_mapped_on_the_page() -> None:
    app = uploaded(opened(**FILE), "reviews.csv", "review,stars\nab#,5\nb##,1\n")
    assert "say which one it is" in app.error[0].value
    app.selectbox(key=f"{Key.COLUMN}text").set_value("review").run()
    assert "stops at `encoder`" in verdict(checked(app))
    assert "left out: `stars`" in said(app)


def test_an_encoding_is_asked_for_only_where_it_is_needed() -> None:
    app = uploaded(opened(**FILE), "a.txt", "é#\nab\n".encode("cp1252"))
    assert "not UTF-8" in app.error[0].value
    app.selectbox(key=Key.TEXT_ENCODING).set_value("cp1252").run()
    assert "stops at `encoder`" in verdict(checked(app))
    uploaded(app, "b.txt", "é#\nab\n")
    with pytest.raises(KeyError):
        app.selectbox(key=Key.TEXT_ENCODING)


def test_padding_can_be_said_to_be_something_else() -> None:
    app = uploaded(opened(**TAGGER), "a.csv", "t1,t2\n5,1\n6,7\n")
    assert "none was found" in said(app)
    app.number_input(key=Key.PADDING_ID).set_value(1).run()
    assert "masks id 0 only" in checked(app).warning[0].value
    text = uploaded(opened(**FILE), "a.txt", "a-\nbb\n")
    text.text_input(key=Key.PADDING).set_value("-").run()
    assert "Every `-` is padding" in said(checked(text))


def test_what_does_not_fit_the_model_is_said_with_both_shapes() -> None:
    vectors = io.BytesIO()
    np.savez(vectors, x=np.eye(3, dtype=np.float32)[[[0, 1], [2, 0]]])
    app = uploaded(opened(**TAGGER), "a.npz", vectors.getvalue())
    assert "shape (2, 2, 3)" in app.error[0].value
    assert "(rows, timesteps)" in app.error[0].value
    labels = uploaded(app, "b.csv", "t1,t2,label\n5,0,1\n6,7,0\n")
    assert "shape (2,): labels" in labels.error[0].value


def test_ids_become_vectors_for_a_model_of_vectors() -> None:
    app = uploaded(opened(**FILE), "a.json", "[[1, 2], [2]]")
    assert "stops at `encoder`" in verdict(app)
    assert "became one-hot vectors" in said(app)


def test_broken_files_give_a_sentence_and_keep_the_page() -> None:
    app = opened(**FILE)
    for name, content in {
        "a.npz": b"PK\x03\x04broken",
        "b.json": b"{",
        "c.parquet": b"PAR1",
        "d.csv": b"\x1f\x8b\x08packed",
        "e.jsonl": b"[" * 5000,
    }.items():
        uploaded(app, name, content)
        assert len(app.error) == 1, name


def test_uploads_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_UPLOADS, "1")
    app = opened(**FILE, **{Key.SAMPLE: "question.csv"})
    assert "switched off" in said(app)
    with pytest.raises(KeyError):
        app.file_uploader(key=Key.BATCH_UPLOAD)
    assert "stops at `encoder`" in verdict(app)


def test_formats_stand_with_an_example_each_and_templates() -> None:
    app = opened(**FILE)
    app.session_state[Key.FORMATS] = True
    checked(app.run())
    assert any("##abb,##bba" in block.value for block in app.code)
    assert len(app.get("download_button")) >= 8


def test_rows_are_shown_in_order_of_their_loss() -> None:
    app = opened(**FILE, **{Key.SAMPLE: "names.csv"})
    app.selectbox(key=Key.ORDER).set_value(RowOrder.LOSS).run()
    assert "stops at `encoder`" in verdict(checked(app))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch is large, and a page has four rows."""
    few = requests.BatchLimits(2**20, 5, 8192, 20, 2**25)
    monkeypatch.setattr(batch_file, "PAGE_LIMITS", few)
    monkeypatch.setattr(large, "ROWS_A_PAGE", 4)


def test_a_large_batch_is_shown_page_by_page(small_pages: None) -> None:
    app = opened(**TAGGER, **{Key.SAMPLE: "names.csv", Key.PAGE: "2"})
    assert "Nothing is wrong" in verdict(app)
    assert any("All 200 rows at once: 62" in figure for figure in figures(app))
    assert any("on 4 rows of 19 timesteps" in figure for figure in figures(app))
    assert "Rows 4 to 7 of 200" in said(app)
    assert "Save the report" in [button.proto.label for button in app.get("download_button")]
    app.session_state[Key.CODE_FOR_THIS] = True
    assert "Both scripts are for the sentences that are shown" in said(checked(app.run()))
    assert sum("import numpy" in block.value for block in app.code) == 2
    app.session_state[Key.CODE_FOR_THIS] = False
    app.segmented_control(key=Key.ORDER).set_value(RowOrder.LENGTH).run()
    assert "Rows 4 to 7 of 200" in said(checked(app))
    app.number_input(key=Key.PAGE).set_value(50).run()
    assert "Rows 196 to 199 of 200" in said(checked(app))


def test_a_stopped_inspection_waits_until_it_is_asked_for(small_pages: None) -> None:
    app = opened(**TAGGER, **{Key.SAMPLE: "names.csv"})
    app.session_state[Key.STOPPED] = True
    checked(app.run())
    assert "was stopped" in app.info[0].value and not app.success
    app.button(key=Key.AGAIN).click().run()
    assert "Nothing is wrong" in verdict(checked(app))
    app.session_state[Key.STOPPED] = True
    app.run()
    app.selectbox(key=Key.SAMPLE).set_value("names.parquet").run()
    assert "Nothing is wrong" in verdict(checked(app)), "another batch begins by itself"
