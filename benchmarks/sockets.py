"""Sessions without a browser: what the server does for ten people, each with a machine of theirs.

Ten browsers on the cores that the server runs on measure the browsers. A session here speaks to
the server as a browser does (a websocket, messages in protobuf), and draws nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

ANSWER_SECONDS = 120.0
_END_BYTES = 120
"""The message that ends a run is shorter; longer ones need not be looked at while time counts."""


@dataclass
class Session:
    """One session on a page with a text area.

    Attributes:
        socket: Its connection.
        query: What stands behind the `?` of its address.
        text_area: Number of the first text area, once it was drawn.
        charts: Plotly's JSON of each chart of the last run.
    """

    socket: websockets.ClientConnection
    query: str = ""
    text_area: str = ""
    charts: list[str] = field(default_factory=list)

    async def start(self) -> None:
        """Runs the page for the first time."""
        await self._run(None)
        if not self.text_area:
            raise RuntimeError("the page has no text area")

    async def edit(self, text: str) -> float:
        """Sends a text; returns the milliseconds to the end of the page's run."""
        return await self._run(text)

    async def _run(self, text: str | None) -> float:
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        if text is not None:
            ask.rerun_script.widget_states.widgets.append(
                WidgetState(id=self.text_area, string_value=text)
            )
        self.charts = []
        frames: list[bytes] = []
        start = time.perf_counter()
        await self.socket.send(ask.SerializeToString())
        while not frames or not _ended(frames[-1]):
            frame = await asyncio.wait_for(self.socket.recv(), ANSWER_SECONDS)
            frames.append(frame if isinstance(frame, bytes) else frame.encode())
        milliseconds = (time.perf_counter() - start) * 1000
        # Read when the run is over: what reading costs is the client's time.
        for message in frames:
            self._read(ForwardMsg.FromString(message))
        return milliseconds

    def _read(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "text_area" and not self.text_area:
            self.text_area = element.text_area.id
        elif kind == "plotly_chart":
            self.charts.append(element.plotly_chart.spec)


def _ended(frame: bytes) -> bool:
    if len(frame) > _END_BYTES:
        return False
    message = ForwardMsg.FromString(frame)
    early = ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return message.WhichOneof("type") == "script_finished" and message.script_finished != early


@asynccontextmanager
async def sessions_at(url: str, count: int) -> AsyncIterator[list[Session]]:
    """Opens `count` sessions on the server at `url`, each after the one before."""
    page, _, query = url.partition("?")
    address = page.replace("http", "ws", 1) + "_stcore/stream"
    opened = []
    try:
        for _ in range(count):
            socket = await websockets.connect(
                address, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None
            )
            opened.append(Session(socket, query))
            await opened[-1].start()
        yield opened
    finally:
        for session in opened:
            await session.socket.close()
