"""What a strategy needs on the model at hand, or why it cannot be applied to it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from inspector.core.strategies import Strategy, StrategyName
from inspector.core.strategy_code import Placeholders
from inspector.engine.forward.losses import Rule
from inspector.engine.strategies.compared import Compared

if TYPE_CHECKING:
    from inspector.engine.strategies.comparison_run import ComparisonRun
    from inspector.engine.strategies.trainers import Trainer, TrainerMaker

NO_TIME_AXIS = "The model gives one answer a sentence, so no timestep is in its loss."
OWN_TOTAL = "The model computes the number that it minimises in its own way, not by its loss alone."
NOT_BY_TIMESTEP = "The loss gives one number for all timesteps of a sentence together."


@dataclass(frozen=True)
class Refusal:
    """Why a strategy cannot be applied, one sentence."""

    reason: str


class Treatment:
    """One way of treating padding, applied to a model and a batch.

    Attributes:
        identifier: Which one of the catalogue.
        shares_pass: It differs in the loss only, and is measured in the pass of all such.
    """

    identifier: ClassVar[StrategyName]
    shares_pass: ClassVar[bool] = True

    def apply(self, on: Compared) -> Rule | Refusal | None:
        """Returns the number that it makes of a batch, or why it cannot.

        None where there is no such rule: the sentences run alone, or the model computes its number
        in its own way.
        """
        raise NotImplementedError

    def measure(self, run: "ComparisonRun", plan: "Plan") -> None:
        """Adds its result to a comparison, where the shared pass does not."""
        run.take_as_inspected(plan)

    def trainer(self, maker: "TrainerMaker", plan: "Plan") -> "Trainer | Refusal":
        """Returns what trains it, or why it cannot be trained."""
        return maker.by_loss(plan)


@dataclass(frozen=True, eq=False)
class Plan:
    """How a strategy is applied.

    Attributes:
        strategy: Which one.
        treatment: What applies it.
        reason: Why it cannot be; empty where it can.
        rule: The number it makes of a batch; None where it cannot be applied, for sentences alone,
            and where the model computes its number in its own way.
        values: What the code says of model and batch.
    """

    strategy: Strategy
    treatment: Treatment
    reason: str = ""
    rule: Rule | None = None
    values: Placeholders = Placeholders()

    @property
    def shares_pass(self) -> bool:
        """It is measured in the pass of the strategies that differ in the loss only."""
        return self.treatment.shares_pass and self.rule is not None

    def named(self, behind: tuple[str, ...]) -> Strategy:
        """The strategy, its code with the layers that the mask is put back behind."""
        return self.strategy.for_model(replace(self.values, behind=behind))
