"""Pasted code: no file is opened, no function reaches Keras raw, nothing is made unpaid."""

from collections import Counter

import pytest

from tests.security.attack import Attack
from tests.security.code_attacks import ATTACKS
from tests.security.runner import AttackRunner


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_happens(attack: Attack, attacks: AttackRunner) -> None:
    attacks.check(attack)


def test_the_attacks_have_different_names() -> None:
    assert len(ATTACKS) >= 150
    assert not [name for name, count in Counter(a.name for a in ATTACKS).items() if count > 1]
