"""What stands beside the controls of a batch file. Labels of lists are part of links."""

from inspector.core.paging import RowOrder
from inspector.core.requests import PaddingSide
from inspector.views.markdown import Markdown, code
from inspector.views.numbers import amount
from inspector.views.tokens import clip

FROM_HELP = (
    "Typed: sentences in the box below. File: a batch of yours, as CSV, TSV, TXT, JSON, JSON "
    "Lines, NPZ or Parquet."
)
UPLOAD = "Batch file"
UPLOAD_HELP = (
    "CSV, TSV, TXT, JSON, JSONL, NPZ or Parquet. It stays in the memory of the server that runs "
    "this app, and is forgotten when you close the page."
)
SAMPLE = "Or a sample"
NO_SAMPLE = "none"
SAMPLE_HELP = "Small batches that come with this app."
NO_UPLOADS = "Uploads are switched off on this server. Choose a sample."
WANTED = "Choose a batch file in the sidebar, or one of the samples there."
FORMATS = "Formats and templates"
TEMPLATES = "Templates to start from"
READING = "How the file is read"
COLUMNS = "Columns"
COLUMNS_HELP = "Which column plays which part, where its name does not say."
BY_NAME = "by its name"
NONE = "none"
PARTS = {
    "text": "Sentences",
    "x": "Lists of numbers (x)",
    "target": "Target sentences or tags",
    "label": "One label a row",
}
PADDING = "Padding character"
PADDING_HELP = "For files of sentences: the character, or the word, that stands for padding."
PADDING_ID = "Padding id"
PADDING_ID_HELP = (
    "For files of numbers: the id that stands for padding, in runs at an end of a row. Left out "
    "where the file has `valid`."
)
SIDES = {
    PaddingSide.AS_TYPED: "as it stands",
    PaddingSide.BEFORE: "before",
    PaddingSide.AFTER: "after",
}
SIDE_HELP = "Where shorter sentences are filled up. As it stands: after, if lengths differ."
TARGETS = "Targets, if the file has none"
TARGETS_HELP = "What the model shall predict, where the file has no column of targets or labels."
TEXT_ENCODING = "Encoding of the text"
TEXT_ENCODING_HELP = "The file is neither UTF-8 nor UTF-16: choose how its text is written."
TEXT_ENCODINGS = {
    None: "not known yet",
    "cp1252": "Western Europe (Windows-1252)",
    "latin-1": "Western Europe (Latin-1)",
    "cp1250": "Central Europe (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "gb18030": "Chinese (GB18030)",
    "big5": "Chinese (Big5)",
    "shift_jis": "Japanese (Shift JIS)",
    "euc_kr": "Korean (EUC-KR)",
}
LENGTHS = "How many rows have how many real timesteps"
ORDERS = {
    RowOrder.GIVEN: "as in the batch",
    RowOrder.LOSS: "highest loss first",
    RowOrder.LENGTH: "longest first",
    RowOrder.PADDING: "most padding first",
}
ORDER = "Rows in order"
ORDER_HELP = (
    "The order in which rows are shown. Loss: the mean over a row's real timesteps. The averages "
    "and findings are over all rows, whatever is shown."
)
PAGE = "Page"
PAGE_HELP = "Which of the rows are shown, in that order."
OVERVIEW = "All rows at once"
OVERVIEW_HELP = (
    "A row for each call, a column for each timestep. Blue: the mask keeps the timestep in all "
    "rows; orange: in none; between them, in some; grey: there is no mask. Below, the mean loss of "
    "each timestep: over the rows for which it is real (line), and over all rows (dots)."
)
OVERVIEW_LEGEND = "Blue: kept in all rows. Orange: masked in all rows. Grey: no mask, all count."
STOPPED = "The inspection was stopped before its end, so there are no figures."
AGAIN = "Inspect all rows again"


def used(name: str, digest: str) -> Markdown:
    """Says which file is looked at."""
    return Markdown("{} (SHA-256 {}…)").format(_file(name), digest)


def other_file(name: str, digest: str) -> Markdown:
    """Says that the file is not the one of the link."""
    return Markdown("This link was made for another file: {}, SHA-256 {}…").format(
        _file(name), clip(digest, 16)
    )


def file_of_link(name: str, digest: str) -> Markdown:
    """Asks for the file of a link."""
    return Markdown(
        "This link shows the batch file {} (SHA-256 {}…). Choose that file here."
    ).format(_file(name), clip(digest, 16))


def _file(name: str) -> Markdown:
    return code(clip(name, 80))


def page_of(first: int, last: int, rows: int) -> str:
    """Says which rows are shown."""
    return f"Rows {first:,} to {last:,} of {rows:,} in this order."


def positions(numbers: tuple[int, ...]) -> str:
    """Says where the shown rows stand in the batch."""
    return "Their places in the batch, counted from 0: " + ", ".join(f"{n:,}" for n in numbers)


def rows_title(rows: int) -> str:
    """The heading above a page of rows."""
    return f"{amount(rows, 'row')} of the batch"


def report_of_rows(shown: int, rows: int) -> str:
    """Returns what a report says that holds some of the rows only."""
    return (
        f"{shown:,} of the {rows:,} rows of the batch are in this report; verdict, findings and "
        "averages are those of all rows."
    )
