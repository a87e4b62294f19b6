"""The page of layers, driven without a browser; it needs no engine."""

from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from inspector.files.atlases import atlas_versions, read_atlas
from inspector.ui.atlas_sharing import atlas_report_bytes
from inspector.ui.choices import Key
from inspector.views.atlas_example import example
from inspector.views.atlas_script import atlas_scripts
from inspector.views.atlas_words import FILTERS, sentence

PAGE = Path(__file__).resolve().parents[2] / "inspector" / "ui" / "pages" / "layers.py"
ATLAS = read_atlas(atlas_versions()[0])


def opened(**params: str) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def test_every_layer_stands_on_the_page_and_is_told() -> None:
    app = opened()
    assert f"{len(ATLAS.rows)} lines" in app.get("plotly_chart")[0].proto.alt
    assert sentence(ATLAS.rows[0]) in words(app)
    assert all(f"`{name}`: {why}" in words(app) for name, why in ATLAS.not_measured)
    assert not app.code


def test_a_link_opens_a_layer_and_its_example_is_drawn_when_asked_for() -> None:
    row = next(row for row in ATLAS.rows if row.layer == "GlobalMaxPooling1D")
    app = opened(**{Key.ATLAS_LAYER: row.name})
    assert sentence(row) in words(app)
    app.session_state[Key.ATLAS_CODE] = True
    app.run()
    assert [block.value for block in app.code] == [example(row).strip()]


def test_a_filter_leaves_what_it_names() -> None:
    name = "false warning"
    left = [row for row in ATLAS.rows if FILTERS[name](row)]
    app = opened(**{Key.ATLAS_FILTER: name})
    assert f"{len(left)} lines" in app.get("plotly_chart")[0].proto.alt
    assert app.selectbox(key=Key.ATLAS_LAYER).options == [row.name for row in left]
    assert f"{len(left)} of {len(ATLAS.rows)} lines." in words(app)


def test_the_lines_on_screen_can_be_taken_along() -> None:
    name = "false warning"
    left = tuple(row for row in ATLAS.rows if FILTERS[name](row))
    app = opened(**{Key.ATLAS_FILTER: name})
    labels = [button.proto.label for button in app.get("download_button")]
    assert "Save the report" in labels and not app.code
    app.session_state[Key.CODE_FOR_THIS] = True
    app.run()
    scripts = atlas_scripts(left, ATLAS.keras)
    assert [block.value for block in app.code] == [scripts.plain.strip(), scripts.ours.strip()]
    html = atlas_report_bytes(replace(ATLAS, rows=left), name).decode("utf-8")
    assert "shown: false warning" in html and f'"layer":"{left[0].layer}"' in html


def test_each_version_has_its_page() -> None:
    for version in atlas_versions():
        app = opened(**{Key.ATLAS_VERSION: f"Keras {version}"})
        assert f"Keras {version} with TensorFlow" in words(app)
