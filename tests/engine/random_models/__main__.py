"""Scores the engine on random models: `python -m tests.engine.random_models --seeds 0:100`."""

import argparse
import sys

from tests.engine.random_models.scoring import Score, score


def main() -> int:
    """Prints the failing seeds, then the score and the failures by field and by kind."""
    parser = argparse.ArgumentParser(prog="random_models")
    parser.add_argument("--seeds", default="0:50", help="from:to, or a list with commas")
    parser.add_argument("--show", action="store_true", help="print what was said of each failure")
    arguments = parser.parse_args()
    total = Score()
    for seed in seeds_of(arguments.seeds):
        line = score(seed, total, arguments.show)
        if line:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    sys.stdout.write(total.text() + "\n")
    return 0 if total.right == total.models else 1


def seeds_of(text: str) -> list[int]:
    """`3:7` is 3, 4, 5, 6; `3,9` is 3, 9."""
    if ":" in text:
        start, stop = text.split(":")
        return list(range(int(start), int(stop)))
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
