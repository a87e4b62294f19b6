"""What a batch of 100,000 rows costs: memory of the worker, and time until the first page."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import psutil

from benchmarks.measure import Result
from inspector.core.batch import Batch
from inspector.core.paging import PageRequest, RowOrder, RowsAsked
from inspector.core.requests import InspectRequest, ModelChoices
from inspector.worker import Engine

ROWS, TIMESTEPS, WORDS = 100_000, 64, 1_000
_SAMPLE_SECONDS = 0.02


def large(times: int) -> list[Result]:
    """The tagger on 100,000 x 64 ids, in the worker: the first page, the next one, the peak."""
    generator = np.random.default_rng(0)
    valid = np.arange(TIMESTEPS) < generator.integers(1, TIMESTEPS + 1, (ROWS, 1))
    x = np.where(valid, generator.integers(1, WORDS, valid.shape), 0).astype(np.int32)
    batch = Batch(x=x, y=x % 10, valid=valid, target_valid=valid)
    request = InspectRequest(batch, ModelChoices("tagger"))
    engine = Engine()
    engine.start()
    engine.wait_until_ready(120)
    seconds = []
    try:
        with _peak(engine) as peak:
            for page in range(2):
                start = time.perf_counter()
                asked = RowsAsked(RowOrder.LOSS, page)
                engine.ask(PageRequest(request, asked), session="benchmark")
                seconds.append(time.perf_counter() - start)
    finally:
        engine.close()
    what = f"large batch, {ROWS:,} x {TIMESTEPS}"
    return [
        Result(f"{what}: most memory of the worker", peak[0] / 1e6, None, "MB", 2_500.0),
        Result(f"{what}: first page of rows", seconds[0], None, "s", None),
        Result(f"{what}: next page of rows", seconds[1], None, "s", None),
    ]


@contextmanager
def _peak(engine: Engine) -> Iterator[list[float]]:
    """Watches the memory of the engine's process; the list holds the most it took."""
    most, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            if engine.pid is not None:
                most[0] = max(most[0], psutil.Process(engine.pid).memory_info().rss)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()
