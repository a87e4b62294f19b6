"""Random programs from the names that the reader knows: none does harm.

Short by default; `CODE_FUZZ_MINUTES=30 python -m pytest tests/security/test_fuzz_code.py` looks
longer. The seed is printed where a program does harm.
"""

import os
import random
import time

import pytest

from inspector.engine.code import python_functions, tables
from inspector.engine.code.attributes import SKIPPED_METHODS
from inspector.engine.code.code_values import Known
from tests.security.attack import Attack, Expectation, Target, faults
from tests.security.code_attacks import HEAD
from tests.security.runner import AttackRunner

pytestmark = pytest.mark.slow

_MINUTES = float(os.environ.get("CODE_FUZZ_MINUTES", "0.4"))
_SEED = os.environ.get("CODE_FUZZ_SEED", "")
_ROOTS = {"keras": "keras", "tensorflow": "tf", "numpy": "np", "math": "math"}
_EXTREMES = (
    "0 1 -1 2 3 1.5 1e308 -1e308 True None '' 'x' b'x' [] () {} set() ... 2**31 2**33 -2**31 10**6 "
    "10**9 2**62 2**64 range(9) range(400_000) range(10**12) 'a'*90_000 ['a'*90_000]*9_000 "
    "[0]*90_000 [[1]]*9_000 (1,2) (None,3) [1,2] [[1,2],[3,4]] (2,)*40 np.ones((300,300)) "
    "np.ones((90_000,1)) np.ones((1,90_000)) np.random.rand(10**5,10**5) np.array('<CANARY>') "
    "np.zeros(3,dtype=object) np.array(['ab','c']) ops.ones((3,2)) ops.ones((1000,1000)) "
    "ops.zeros((3,4,2)) Input((3,2)) Input((3,)) Input((5,4,2)) x x x y y '<CANARY>' '<URL>' "
    "StringLookup LSTM range sum list sorted str np.sum np.zeros ops.zeros keras.losses.mse "
    "keras.metrics.AUC (lambda*a:a[0]) (lambda*a:a[0]+a[0]) (lambda*a:list(a[0])) Dense(2) LSTM(2) "
    "LSTM(2,stateful=True,return_sequences=True) LSTMCell(2) [x,x] [x,y] [x]*9 {'a':x} "
    "{'vocabulary':'<CANARY>'} {'class_name':'StringLookup','config':{}} slice(None) "
    "'same' 'valid' 'relu' 'float16' 'int32' 'string' 'causal' 'object' 'U99999999' "
    "'i4,(999,99)f8' "
    "model tf.float64 keras.layers functools.partial(Dense,3) keras.initializers.Zeros"
).split()
_ARGUMENTS = (
    "units axis shape dtype name vocabulary idf_weights arguments mask output_shape function "
    "activation kernel_initializer padding strides pool_size kernel_size dilation_rate filters "
    "num_classes num_thresholds num_labels n k size rate seed stateful batch_shape layer cell "
    "cells data_format num_oov_indices max_tokens num_bins num_heads key_dim target_shape dims "
    "repeats key reverse start end sep value mode pad_width"
).split()
_OPERATORS = "+ - * / // % ** @ & | ^ << >> == != < > in is and or".split()


def _callables() -> list[str]:
    found = [name for name in python_functions.python_functions() if name != "slice"]
    for path, table in tables.tables().items():
        root, _, rest = path.partition(".")
        if root not in _ROOTS:
            continue
        prefix = ".".join(filter(None, (_ROOTS[root], rest)))
        found += [f"{prefix}.{name}" for name, value in table.items() if isinstance(value, Known)]
    return sorted(found)


_CALLABLES = _callables()
_METHODS = sorted(
    {
        *SKIPPED_METHODS,
        *"append extend insert pop copy index count reverse sort remove join format replace split "
        "zfill upper get items update setdefault add union astype reshape sum max tolist flatten "
        "transpose compute_mask build compile get_layer shape dtype layers output name".split(),
    }
)


def _value(random: random.Random, depth: int) -> str:
    choice = random.random()
    if depth <= 0 or choice < 0.45:
        return random.choice(_EXTREMES)
    if choice < 0.72:
        return _call(random, random.choice(_CALLABLES), depth - 1)
    if choice < 0.84:
        operator = random.choice(_OPERATORS)
        return f"({_value(random, depth - 1)} {operator} {_value(random, depth - 1)})"
    if choice < 0.9:
        method = random.choice(_METHODS)
        return _call(random, f"({_value(random, depth - 1)}).{method}", depth - 1)
    if choice < 0.94:
        return f"({_value(random, depth - 1)})[{_value(random, depth - 1)}]"
    if choice < 0.97:
        return _call(random, f"({_value(random, depth - 1)})", depth - 1)
    return f"[{_value(random, depth - 1)} for i in range({random.choice(('3', '90_000'))})]"


def _call(random: random.Random, function: str, depth: int) -> str:
    given = [_value(random, depth) for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3)))]
    if random.random() < 0.05:
        given.append(f"*{_value(random, depth)}")
    for name in random.sample(_ARGUMENTS, random.choice((0, 0, 1, 2))):
        given.append(f"{name}={_value(random, depth)}")
    return f"{function}({', '.join(given)})"


def program(seed: int) -> str:
    """A program of a few lines; each may fail without the others, as `try` is read."""
    generator = random.Random(seed)
    lines = [HEAD, "x = Input((3, 2))\ny = Dense(2)(x)\nmodel = Model(x, y)\n"]
    for _ in range(generator.randint(2, 8)):
        target = generator.choice(("x", "y", "a", "b", "model", "a, *b", "a[0]", "b[x]"))
        kind = generator.random()
        line = f"{target} = {_value(generator, 3)}"
        if kind < 0.1:
            line = f"{generator.choice('xyab')} += {_value(generator, 2)}"
        elif kind < 0.16:
            line = f"for i in range(60): {generator.choice('xyab')} = {_value(generator, 2)}"
        elif kind < 0.24:
            line = f"y = Lambda({_value(generator, 1)}, arguments={_value(generator, 1)})(x)"
        lines.append(f"try:\n  {line}\nexcept Exception:\n  pass\n")
    return "".join(lines)


def test_random_programs_do_no_harm(attacks: AttackRunner) -> None:
    first = int(_SEED) if _SEED else random.SystemRandom().randrange(10**9)
    end = time.monotonic() + 60 * _MINUTES
    harm = []
    seed = first
    while time.monotonic() < end and len(harm) < 5 and (not _SEED or seed == first):
        attack = Attack(
            f"seed {seed}", Target.CODE, program(seed), Expectation.EITHER, seconds=15.0
        )
        wrong = faults(attack, attacks.run(attack))
        if wrong:
            harm.append(f"CODE_FUZZ_SEED={seed}: {wrong}\n{program(seed)}")
        seed += 1
    assert not harm, "\n\n".join(harm)
