"""Makes every sample in this folder again: `python -m sample_data.make_samples`, from the root.

All files but the saved model and the Parquet file come out the same, byte for byte; those two hold
dates or versions of the libraries that wrote them.
"""

import io
import json
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from inspector.core.batch import Batch
from inspector.core.text.sentences import batch_from_sentences

FOLDER = Path(__file__).resolve().parent
SENTENCES = ("##abb", "#babb")
NAMES, SEED, PADDING = 200, 2024, "#"

GIVEN = (
    "Ada Aisha Alba Amir Ana Anh Arjun Astrid Bo Carlos Chiara Chloé Daan Dmitri Eero Elif Emma "
    "Enzo Fatima Femke Finn Freya Giulia Hana Hugo Ida Ines Ingrid Isla Ivan Jakub Jing João "
    "Jonas Kaito Kwame Lars Leila Liam Lucía Lukas Maja Malik Marta Mateo Mei Mila Minh Nadia "
    "Ngozi Niamh Nils Noor Olga Omar Oskar Otto Paula Pedro Priya Rahul Rania Rosa Sana Sofia "
    "Søren Tariq Tess Tomás Uma Vera Viktor Wei Yara Yuki Yusuf Zoë Zofia"
).split()
FAMILY = (
    "Abe Ali Andersson Bauer Becker Bianchi Brown Chen Costa Dahl Dubois Eze Farah Fischer "
    "Fontaine García Ghosh Haddad Hansen Hernández Hoang Horvat Ito Jansen Jensen Kaya Khan Kim "
    "Kovács Kowalska Kumar Lee Li Lindqvist Lopes Martin Mensah Meyer Moreau Murphy Müller "
    "Nakamura Nguyen Nowak Núñez Okafor Olsen Osei Park Patel Petrov Popescu Rao Ricci Rossi "
    "Sato Schmidt Shah Silva Singh Smith Suzuki Takahashi Tanaka Teixeira Tran Vasquez Virtanen "
    "Weber Wong Wójcik Yamamoto Yılmaz Zhang"
).split()


def padded_names() -> list[tuple[str, str]]:
    """Draws names and the tag of each character: given name, family name, or space.

    Names are drawn from the two lists by `random.Random.random`, which Python keeps the same in
    every version, and are padded after to the length of the longest.
    """
    generator = random.Random(SEED)

    def pick(words: list[str]) -> str:
        return words[int(generator.random() * len(words))]

    names: dict[str, str] = {}
    while len(names) < NAMES:
        given, family = [pick(GIVEN)], pick(FAMILY)
        if generator.random() < 0.15:
            given.append(pick(GIVEN))
        first = " ".join(given)
        tags = "".join("_" if character == " " else "G" for character in first)
        names[f"{first} {family}"] = f"{tags}_{'F' * len(family)}"
    longest = max(map(len, names))
    return [(n.ljust(longest, PADDING), t.ljust(longest, PADDING)) for n, t in names.items()]


def names_csv() -> bytes:
    """About 200 padded names with a tag for each character."""
    lines = ["id,text,tags"]
    lines += [f"{number},{name},{tags}" for number, (name, tags) in enumerate(padded_names(), 1)]
    return _text(lines)


def question_batch() -> Batch:
    """The batch of the question: padding is the zero vector in x, and one-hot in y."""
    return batch_from_sentences(SENTENCES)


def question_txt() -> bytes:
    """One sentence a line."""
    return _text(SENTENCES)


def question_csv(separator: str = ",") -> bytes:
    """One sentence a row, with its target."""
    lines = [separator.join(("id", "text", "target"))]
    lines += [separator.join((str(n), text, text)) for n, text in enumerate(SENTENCES, 1)]
    return _text(lines)


def question_tsv() -> bytes:
    """As CSV, with tabs."""
    return question_csv("\t")


def question_json() -> bytes:
    """The arrays x and y, and which timesteps are valid."""
    batch = question_batch()
    arrays = {"x": batch.x, "y": batch.y, "valid": batch.valid}
    rows = [
        f'  "{name}": [\n    '
        + ",\n    ".join(json.dumps(row) for row in _plain(np.asarray(array)))
        + "\n  ]"
        for name, array in arrays.items()
    ]
    return _text(["{", ",\n".join(rows), "}"])


def question_jsonl() -> bytes:
    """One object a line."""
    return _text(json.dumps({"text": text, "target": text}) for text in SENTENCES)


def question_npz() -> bytes:
    """The same arrays, as NumPy writes them."""
    batch, stream = question_batch(), io.BytesIO()
    np.savez(stream, x=np.asarray(batch.x), y=np.asarray(batch.y), valid=batch.valid)
    return stream.getvalue()


REPRODUCIBLE: dict[str, Callable[[], bytes]] = {
    "question.txt": question_txt,
    "question.csv": question_csv,
    "question.tsv": question_tsv,
    "question.json": question_json,
    "question.jsonl": question_jsonl,
    "question.npz": question_npz,
    "names.csv": names_csv,
}


def write_model(path: Path) -> None:
    """Saves the question's model, trained for 100 steps on its batch."""
    from inspector.core.requests import ModelChoices
    from inspector.engine.presets import build
    from inspector.engine.training import train

    batch = question_batch()
    model = build(ModelChoices("question"), batch)
    train(model, batch, 100)
    model.save(path)


def write_parquet(path: Path) -> None:
    """Writes the names again, as Parquet."""
    import pandas

    table = pandas.DataFrame(padded_names(), columns=["text", "tags"])
    table.insert(0, "id", range(1, len(table) + 1))
    table.to_parquet(path, index=False)


def main() -> int:
    """Writes every sample beside this script."""
    for name, make in REPRODUCIBLE.items():
        (FOLDER / name).write_bytes(make())
    write_parquet(FOLDER / "names.parquet")
    write_model(FOLDER / "question.keras")
    return 0


def _text(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")


def _plain(array: np.ndarray) -> list[object]:
    """Nested lists; whole numbers without a decimal point."""
    return (array if array.dtype == np.bool_ else array.astype(int)).tolist()


if __name__ == "__main__":
    sys.exit(main())
