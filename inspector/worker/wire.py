"""Messages between the client and its child: pickles with the arrays beside them.

A message is a header, the lengths of its parts, and the parts. The first part is a pickle; the
others are the buffers of its arrays (pickle protocol 5, out of band): they are written without a
copy and come back as `bytes`, so arrays arrive read-only, as the values of `inspector.core` want
them. The body stays packed until somebody asks for it: a body that cannot be read is then an
error of one request, and the stream goes on.
"""

import pickle
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, BinaryIO

_HEADER = struct.Struct("<BQI")
_LENGTH = struct.Struct("<Q")


class MessageKind(IntEnum):
    """What a message says."""

    ASK = 1
    """To the child: answer this request."""
    WARM_UP = 2
    """To the child: nobody waits, do what makes the first answer quick."""
    CANCEL = 3
    """To the child: nobody wants the answer to this request any more."""
    IMPORTED = 4
    """From the child: the service is imported, requests can come."""
    PROGRESS = 5
    """From the child: how far this request is."""
    ANSWER = 6
    """From the child: the answer."""
    ERROR = 7
    """From the child: an `InspectorError`."""
    ENDED = 8
    """Not sent: stands for the end of the stream."""


@dataclass(frozen=True)
class Packed:
    """A pickled value.

    Attributes:
        parts: The pickle, then the buffers of its arrays.
    """

    parts: tuple[bytes | memoryview, ...]

    @property
    def size(self) -> int:
        """Number of bytes of all parts."""
        return sum(memoryview(part).nbytes for part in self.parts)


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: What it says.
        request: Number of the request that it is about, 0 for none.
        body: What comes with it, packed.
    """

    kind: MessageKind
    request: int = 0
    body: Packed = Packed(())


def pack(value: object) -> Packed:
    """Returns `value` pickled, with its arrays as parts of their own."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return Packed((head, *(buffer.raw() for buffer in buffers)))


def unpack(packed: Packed) -> Any:
    """Returns the value; its arrays are read-only where the parts are `bytes`."""
    return pickle.loads(packed.parts[0], buffers=packed.parts[1:])


def write(stream: BinaryIO, message: Message) -> None:
    """Writes `message` and flushes.

    Raises:
        OSError: The other side is gone.
    """
    parts = message.body.parts
    lengths = b"".join(_LENGTH.pack(memoryview(part).nbytes) for part in parts)
    stream.write(_HEADER.pack(message.kind, message.request, len(parts)) + lengths)
    for part in parts:
        stream.write(part)
    stream.flush()


def read(stream: BinaryIO) -> Message:
    """Reads the next message.

    Raises:
        EOFError: The other side is gone.
    """
    kind, request, count = _HEADER.unpack(_exactly(stream, _HEADER.size))
    lengths = [_LENGTH.unpack(_exactly(stream, _LENGTH.size))[0] for _ in range(count)]
    return Message(MessageKind(kind), request, Packed(tuple(_exactly(stream, n) for n in lengths)))


def _exactly(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
