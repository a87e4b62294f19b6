"""The formats of a batch file, each with an example: the README and the page show the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        endings: Endings of file names.
        what: What such a file holds, one or two sentences of Markdown.
        examples: What stands in a file, or for NPZ the Python that writes one.
        language: In which language the examples are, for colours.
    """

    endings: tuple[str, ...]
    what: str
    examples: tuple[str, ...]
    language: str = "text"

    @property
    def title(self) -> str:
        """The endings, as a reader names the format."""
        return ", ".join(ending[1:].upper() for ending in self.endings)


FORMATS: tuple[Format, ...] = (
    Format(
        (".csv", ".tsv"),
        "A first line with names, then one row a sentence. Sentences stand in the column `text`; "
        "target sentences or tags in `target` (or `tags`), one label a sentence in `label`; a "
        "column `id` is left out. Or numbers: one column a timestep, with token ids, and 0 for "
        "padding. Or a list of numbers in the column `x`. TSV has tabs in place of commas.",
        (
            "text,target\n##abb,##bba\n#babb,#abba\n",
            "text,label\ngood film##,good\nbad plot###,bad\n",
            "t1,t2,t3,t4,label\n5,8,2,0,1\n7,3,0,0,0\n",
            'x,y\n"[5, 8, 2]","[1, 1, 2]"\n"[7, 3]","[2, 1]"\n',
        ),
        "csv",
    ),
    Format((".txt",), "One sentence a line.", ("##abb\n#babb\n",)),
    Format(
        (".json",),
        "Arrays under the names `x`, `y` and `valid` (1 at real timesteps, 0 at padding); or "
        "`sentences`, with `targets` or `labels` beside them; or a list of rows. Shorter rows are "
        "filled after.",
        (
            '{"x": [[5, 8, 2, 0], [7, 3, 0, 0]],\n "y": [[1, 1, 2, 0], [2, 1, 0, 0]],\n'
            ' "valid": [[1, 1, 1, 0], [1, 1, 0, 0]]}\n',
            '{"sentences": ["##abb", "#babb"], "labels": ["good", "bad"]}\n',
            '[{"text": "##abb", "target": "##bba"}, {"text": "#babb", "target": "#abba"}]\n',
        ),
        "json",
    ),
    Format(
        (".jsonl",),
        "One such row a line: an object, a list of numbers, or a string.",
        ('{"text": "##abb", "label": "good"}\n{"text": "#babb", "label": "bad"}\n',),
        "json",
    ),
    Format(
        (".npz",),
        "Arrays, as `numpy.savez` writes them: `x` (rows, timesteps) with token ids or (rows, "
        "timesteps, features) with vectors, or one array for each input of the model under its "
        "name; and, where you have them, `y`, `valid` (rows, timesteps) and `sample_weight`.",
        (
            "import numpy\n\n"
            "x = numpy.array([[5, 8, 2, 0], [7, 3, 0, 0]])\n"
            'numpy.savez("batch.npz", x=x, y=x % 3, valid=x != 0)\n',
        ),
        "python",
    ),
    Format(
        (".parquet",),
        "The same columns as CSV; lists of numbers stand in list columns.",
        (
            "import pandas\n\n"
            'table = pandas.DataFrame({"text": ["##abb", "#babb"], "label": ["good", "bad"]})\n'
            'table.to_parquet("batch.parquet", index=False)\n',
        ),
        "python",
    ),
)

GENERAL = (
    "Text is UTF-8 (with or without a byte order mark) or UTF-16; other encodings are asked for. "
    "Columns with other names can be mapped. Padding is what the file says in `valid`; else the "
    "padding character of sentences, id 0 or zero vectors at an end of a row, and you can change "
    "it. Nothing in a file is run, fetched or unpacked."
)


def templates() -> dict[str, bytes]:
    """Returns small files to start from, by name."""
    made = {}
    for kind in FORMATS:
        if kind.language != "python":
            for number, example in enumerate(kind.examples, 1):
                suffix = f"-{number}" if len(kind.examples) > 1 else ""
                made[f"batch{suffix}{kind.endings[0]}"] = example.encode("utf-8")
    return made


def formats_markdown() -> str:
    """Returns the section of the README: all formats with their examples."""
    parts = [GENERAL]
    for kind in FORMATS:
        parts.append(f"**{kind.title}.** {kind.what}")
        fence = "py" if kind.language == "python" else kind.language  # Tests run what is `python`.
        parts += [f"```{fence}\n{example.rstrip()}\n```" for example in kind.examples]
    return "\n\n".join(parts)
