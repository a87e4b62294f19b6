"""All sources: what must be read, and what must be refused."""

from tests.engine.code.sources_bad_calls import ARGUMENTS, VALUES
from tests.engine.code.sources_bad_limits import LIMITS, MISSING
from tests.engine.code.sources_bad_text import FORBIDDEN, SYNTAX
from tests.engine.code.sources_fragments import FRAGMENTS
from tests.engine.code.sources_keras2 import KERAS_2
from tests.engine.code.sources_plain_models import PLAIN_MODELS
from tests.engine.code.sources_plain_python import PLAIN_PYTHON
from tests.engine.code.sources_plain_sequences import PLAIN_SEQUENCES
from tests.engine.code.sources_posts import POSTS
from tests.engine.code.sources_questions import QUESTIONS
from tests.engine.code.sources_scripts import SCRIPTS

GOOD = [
    *QUESTIONS,
    *PLAIN_MODELS,
    *PLAIN_SEQUENCES,
    *PLAIN_PYTHON,
    *KERAS_2,
    *FRAGMENTS,
    *SCRIPTS,
    *POSTS,
]

PLAIN = [
    *PLAIN_MODELS,
    *PLAIN_SEQUENCES,
    *PLAIN_PYTHON,
    *(c for c in QUESTIONS if c.name in ("question", "answer")),
]
"""Code for Keras 3 as it is, which can be executed: both ways must agree."""

BAD = [*SYNTAX, *FORBIDDEN, *ARGUMENTS, *VALUES, *LIMITS, *MISSING]
