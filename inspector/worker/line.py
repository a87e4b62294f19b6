"""Who waits, and whose turn it is.

Turns go by visitor, not by session: a visitor with ten pages open is still one. A visitor is known
by names from coarse to fine, such as the address and the browser at that address; sharing is fair
at each level, so that many browsers behind one address are one against another address, and
separate among themselves.
"""

import time
from collections import Counter
from collections.abc import Iterator

from inspector.errors import InspectorError, LimitError
from inspector.worker.tickets import Ticket

_HALF_LIFE_SECONDS = 60.0
_FORGOTTEN_SECONDS = 0.05
_EQUAL_SECONDS = 0.2


class WaitingLine:
    """The tickets that wait, at most one a session. Its owner guards it against other threads."""

    def __init__(self, most: int, most_of_a_visitor: int) -> None:
        """Makes an empty line with places for so many tickets, in all and of one visitor."""
        self._most, self._most_of_a_visitor = most, most_of_a_visitor
        self._waiting: dict[str, Ticket] = {}  # By session; dicts keep the order of arrival.
        self._used: dict[tuple[str, ...], float] = {}
        self._aged = time.monotonic()

    def __len__(self) -> int:
        """Number of tickets that wait."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[Ticket]:
        """The tickets in the order of arrival."""
        return iter(list(self._waiting.values()))

    def of(self, session: str) -> Ticket | None:
        """Returns the ticket of a session that waits, if any."""
        return self._waiting.get(session)

    def put(self, ticket: Ticket) -> Ticket | None:
        """Adds a ticket; one of the same session gives up its place to it.

        Returns:
            The ticket that had to go because the line was full, to be failed by the caller.

        Raises:
            LimitError: The visitor has too many waiting, or the line is full of others who have
                no more waiting than this one.
        """
        if ticket.session in self._waiting:
            self._waiting[ticket.session] = ticket
            return None
        own = sum(other.visitor == ticket.visitor for other in self)
        if own >= self._most_of_a_visitor:
            raise self.full_of_own(own)
        gone = self._crowded_out(ticket) if len(self) >= self._most else None
        if gone is not None:
            del self._waiting[gone.session]
        self._waiting[ticket.session] = ticket
        return gone

    def take(self) -> Ticket:
        """Takes out the ticket whose turn it is: of the visitor who has used least of late."""
        self._age()
        # `min` takes the first of equals, which is the one that came first.
        ticket = min(self, key=self._turn)
        del self._waiting[ticket.session]
        return ticket

    def remove(self, ticket: Ticket) -> None:
        """Takes a ticket out of the line, if it waits."""
        if self._waiting.get(ticket.session) is ticket:
            del self._waiting[ticket.session]

    def clear(self) -> list[Ticket]:
        """Empties the line and returns who waited."""
        waiting = list(self)
        self._waiting.clear()
        return waiting

    def charge(self, ticket: Ticket, seconds: float) -> None:
        """Notes what a visitor has used."""
        self._age()
        for names in _levels(ticket):
            self._used[names] = self._used.get(names, 0.0) + seconds

    def full_of_own(self, count: int) -> InspectorError:
        """Returns the error of a visitor with too many tickets."""
        return LimitError(
            f"{count} requests of yours are waiting already.",
            f"At most {self._most_of_a_visitor} of one visitor may wait.",
            "Close some of the other pages, or try again in a minute.",
        )

    def _turn(self, ticket: Ticket) -> tuple[int, ...]:
        # In steps: who has used about as little is served in the order of arrival.
        return tuple(int(self._used.get(names, 0.0) / _EQUAL_SECONDS) for names in _levels(ticket))

    def _crowded_out(self, ticket: Ticket) -> Ticket:
        """The newest ticket of whoever has the most waiting, else of whoever has used most."""
        rivals = list(self)
        for level in range(len(ticket.visitor)):
            counts = Counter(other.visitor[: level + 1] for other in rivals)
            most = max(counts.values(), default=0)
            if most > counts[ticket.visitor[: level + 1]] + 1:
                return [r for r in rivals if counts[r.visitor[: level + 1]] == most][-1]
            rivals = [r for r in rivals if r.visitor[: level + 1] == ticket.visitor[: level + 1]]
        last = max(reversed(list(self)), key=self._turn)
        if self._turn(last) > self._turn(ticket):
            return last
        raise LimitError(
            f"{len(self)} requests are waiting already.",
            f"At most {self._most} may wait.",
            "Try again in a minute.",
        )

    def _age(self) -> None:
        """Lets what was used count half after a minute, and so on."""
        now = time.monotonic()
        share = 0.5 ** ((now - self._aged) / _HALF_LIFE_SECONDS)
        self._aged = now
        aged = {names: used * share for names, used in self._used.items()}
        self._used = {names: used for names, used in aged.items() if used > _FORGOTTEN_SECONDS}


def _levels(ticket: Ticket) -> Iterator[tuple[str, ...]]:
    """The names of who asks, from the coarsest to the session."""
    for level in range(1, len(ticket.visitor) + 1):
        yield ticket.visitor[:level]
    yield (*ticket.visitor, ticket.session)
