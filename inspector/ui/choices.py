"""What the user chose. Every session key and URL parameter is named here, once.

Each widget is bound to the URL, so a link carries the choices and the typed text. A bound list
writes the label it shows, therefore labels are part of the links that people keep.
"""

import streamlit as st

from inspector.core.presets import Preset
from inspector.ui import words
from inspector.ui.controls import TO_URL, segments
from inspector.ui.page_paths import page_path
from inspector.views.bands import BandChoices
from inspector.views.leak_table import LeakAxis
from inspector.views.loss_table import Quantity

ROWS_WITHOUT_CHOICE = 16


class Key:
    """Session keys; those of bound widgets are the names of the URL parameters too."""

    SENTENCES = "sentences"
    PADDING = "padding"
    SIDE = "shorter"
    TOKENS = "timestep"
    TARGETS = "targets"
    TARGET_TEXT = "target_text"
    ENCODING = "encoding"
    MODEL_FROM = "from"
    MODEL = "model"
    OWN_LOSS = "own_loss"
    CODE = "code_text"
    CODE_LINK = "code"
    OWN_DATA = "own_data"
    CODE_KEPT = "code_kept"
    CODE_BEFORE = "code_before"
    EXAMPLE = "example_"
    BACK = "bring_back"
    READ = "read_code"
    LISTING = "listing"
    ASKED = "asked_names"
    NAMES = "names"
    NAME = "name_"
    FILE = "model_upload"
    FILE_LINK = "file"
    SAMPLE_MODEL = "sample_model"
    LOADED = "loaded_model"
    LOAD = "load_model"
    UNITS = "units"
    SEED = "seed"
    LOSS = "loss"
    STEPS = "steps"
    BATCH_SIZE = "batch"
    BATCH_FROM = "data"
    BATCH_UPLOAD = "batch_upload"
    BATCH_FILE = "batch_file"
    BATCH_READ = "batch_read"
    BATCH_LOOKED = "batch_looked"
    BATCH_LINK = "data_file"
    BATCH_WANTED = "batch_wanted"
    SAMPLE = "sample"
    FORMATS = "formats"
    TEMPLATE = "template_"
    TEXT_ENCODING = "text"
    COLUMN = "column_"
    PADDING_ID = "padding_id"
    FILE_SIDE = "fill"
    FILE_TARGETS = "predict"
    LENGTHS = "lengths"
    ORDER = "order"
    PAGE = "page"
    OVERVIEW = "overview"
    STOPPED = "stopped"
    STOPPED_AT = "stopped_at"
    STOP_ROWS = "stop_rows"
    AGAIN = "again"
    LEAKS_FAILED = "leaks_failed"
    LOSS_VALUE = "show"
    LEAK_AXIS = "columns"
    FOLD = "fold"
    NESTED = "inside"
    CHANNEL = "mask"
    ROWS = "rows"
    MASK_MAP = "mask_map"
    LOSS_MAP = "loss_map"
    AVERAGES = "averages"
    LEAK_MAP = "leak_map"
    LEAK_LAYERS = "leak_layers"
    DIAGRAM = "diagram"
    MORE = "more"
    APPLY = "apply"
    STOP = "stop_training"
    SESSION = "session"
    ANSWERED = "answered"
    STEPS_DONE = "steps_done"
    BROWSER = "browser"
    REPORT = "report"
    CODE_FOR_THIS = "code_for_this"
    CODE_DATA = "code_data"
    TOUR_STEP = "tour"
    TOUR_NEXT = "tour_next"
    TOUR_TEXT = "tour_sentences"
    TOUR_MASKS = "tour_masks"
    TOUR_LOSSES = "tour_losses"
    TOUR_AVERAGES = "tour_averages"
    ATLAS_VERSION = "keras"
    ATLAS_FILTER = "only"
    ATLAS_LAYER = "layer"
    ATLAS_CODE = "atlas_code"
    ATLAS_MAP = "layers"
    STRATEGIES = "strategies"
    BASELINE = "baseline"
    MY_LOSS = "my_loss"
    MY_LOSS_EXAMPLE = "my_loss_example"
    GRID = "numbers"
    GRID_CELLS = "cells"
    STRATEGY_MAPS = "strategy_maps"
    MAPS_VALUE = "map"
    MAPS_LESS = "less_baseline"
    SIZES = "batch_sizes"
    STRATEGY_CODE = "strategy_code"
    STRATEGIES_TABLE = "strategies_table"
    COMPARISON_JSON = "comparison_json"
    TRAINING = "training"
    TRAIN_STEPS = "train"
    TRAIN_RATE = "rate"
    TRAIN_GO = "train_go"
    TRAIN_STOP = "train_stop"
    TRAIN_JSON = "training_json"
    CURVES = "curves"
    REPLAY = "replay"
    REPLAY_STEP = "replay_step"


def draw_map_options() -> BandChoices:
    """Draws, behind a button, what the mask map shows of the calls."""
    with st.popover("View", icon=":material/tune:", type="tertiary"):
        fold = st.toggle(words.FOLD, key=Key.FOLD, bind=TO_URL, help=words.FOLD_HELP)
        nested = st.toggle(words.NESTED, key=Key.NESTED, bind=TO_URL, help=words.NESTED_HELP)
        channel = segments("Mask shown", words.CHANNELS, Key.CHANNEL, help=words.CHANNEL_HELP)
    return BandChoices(fold=fold, nested=nested, channel=channel)


def draw_rows(rows: int) -> tuple[int, int] | None:
    """Draws the choice of sentences to show, where there are many; None shows all."""
    if rows <= ROWS_WITHOUT_CHOICE:
        return None
    first, last = st.slider(
        "Sentences shown", 0, rows, (0, rows), key=Key.ROWS, bind=TO_URL, help=words.ROWS_HELP
    )
    return first, max(last, first + 1)


def draw_quantity() -> Quantity:
    """Draws the switch between the loss, its weight and their product."""
    return segments(
        "Value", words.QUANTITIES, Key.LOSS_VALUE, help=words.QUANTITY_HELP, hide_label=True
    )


def draw_axis() -> LeakAxis:
    """Draws the switch between timesteps and rows as columns of the leak map."""
    return segments("Columns", words.AXES, Key.LEAK_AXIS, help=words.AXIS_HELP, hide_label=True)


def draw_lesson_link(preset: Preset) -> None:
    """Draws a link to the start page with this model; what was typed goes along."""
    fitted = {Key.MODEL, Key.ENCODING, Key.TARGETS, Key.LOSS, Key.UNITS}
    fitted |= {Key.MODEL_FROM, Key.OWN_LOSS, Key.CODE_LINK, Key.NAMES, Key.FILE_LINK}
    kept = {name: value for name, value in st.query_params.items() if name not in fitted}
    st.page_link(
        page_path("inspect"),
        label="Look at it",
        icon=":material/search:",
        help="",
        query_params={**kept, Key.MODEL: preset.title},
    )
