"""Results as a table, and `benchmarks/README.md`."""

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Result

README = Path(__file__).resolve().parent / "README.md"
_MARK = "<!-- results: written by `python -m benchmarks --write` -->"
_HEAD = ("what", "ours", "reference", "ratio", "target", "met")


def table(results: list[Result]) -> str:
    """Returns the results as a Markdown table."""
    rows = [_HEAD, *(_cells(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(result: Result) -> tuple[str, ...]:
    reference = "" if result.reference is None else _number(result.reference, result.unit)
    if result.against:
        reference += f" ({result.against})"
    ratio = "" if result.reference is None else f"{result.figure:.2f}x"
    target = ""
    if result.target is not None:
        is_ratio = result.reference is not None
        bound = f"{result.target:g}x" if is_ratio else _number(result.target, result.unit)
        target = f"<= {bound}"
    met = {True: "yes", False: "NO", None: ""}[result.met]
    return result.what, _number(result.ours, result.unit), reference, ratio, target, met


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def machine() -> str:
    """Returns date, machine and versions in one sentence each."""
    today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("tensorflow", "keras", "streamlit", "plotly")
    )
    return (
        f"Measured on {today} on {os.cpu_count()} cores ({_processor()}), "
        f"{platform.system()}, Python {platform.python_version()}, {packages}.{_load()}"
    )


def _load() -> str:
    """How busy the machine was; ratios suffer too where more runs than there are cores."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f" Load average over the last 15 minutes: {os.getloadavg()[2]:.1f}."


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write(results: list[Result]) -> None:
    """Puts the results into the README, below what is written by hand."""
    text = README.read_text(encoding="utf-8")
    by_hand = text.partition(_MARK)[0].rstrip()
    body = f"{by_hand}\n\n{_MARK}\n\n{machine()}\n\n{table(results)}\n"
    README.write_text(body, encoding="utf-8")
