"""Command line: `python -m benchmarks`, or `python -m benchmarks --only trace --only inspect`."""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Result
from benchmarks.report import machine, table, write
from benchmarks.rows import ROWS, Row

ROOT = Path(__file__).resolve().parents[1]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("--only", action="append", choices=names, help="run this row (repeatable)")
    parser.add_argument("--list", action="store_true", help="say what each row measures")
    parser.add_argument("--times", type=int, default=1, help="repeat everything this much more")
    parser.add_argument("--write", action="store_true", help="put the results into the README")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_its_own_process(row: Row, times: int) -> list[Result]:
    """Runs a row where nothing of the other rows lies in memory."""
    command = [sys.executable, "-m", "benchmarks", "--only", row.name, "--json", f"--times={times}"]
    run = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, env=_environment()
    )
    if run.returncode != 0:
        sys.stderr.write(f"{row.name}: failed\n")
        return []
    return [Result(**values) for values in json.loads(run.stdout.splitlines()[-1])]


def _environment() -> dict[str, str]:
    return {"TF_CPP_MIN_LOG_LEVEL": "3"} | os.environ


def main() -> int:
    """Runs the rows; the exit code is 1 where one failed or missed its target."""
    arguments = _arguments()
    rows = [row for row in ROWS if arguments.only is None or row.name in arguments.only]
    if arguments.list:
        sys.stdout.writelines(f"{row.name:10} {row.says}\n" for row in rows)
        return 0
    if arguments.json:
        results = [result for row in rows for result in row.measure(arguments.times)]
        sys.stdout.write(json.dumps([dataclasses.asdict(result) for result in results]) + "\n")
        return 0
    results, failed = [], False
    for row in rows:
        found = _in_its_own_process(row, arguments.times)
        failed = failed or not found
        results += found
        sys.stdout.write(f"{table(found)}\n\n" if found else "")
        sys.stdout.flush()
    sys.stdout.write(f"{machine()}\n")
    if arguments.write and not failed:
        write(results)
    return int(failed or any(result.met is False for result in results))


if __name__ == "__main__":
    sys.exit(main())
