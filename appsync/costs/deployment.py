"""The stage whose costs are asked: what of its settings AWS charges for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from appsync.packaging import TEMPLATE, read

APP = TEMPLATE.parent.parent / "chalice_app"
FUNCTIONS = ("resolve", "search", "ingest", "answer", "maintain")
FALLBACK = "dev"
NO_MODEL = "none"
"""What a parameter says in the place of a model that is not asked."""


type Json = Any  # of the template and of Chalice's configuration


@dataclass(frozen=True, slots=True)
class Deployment:
    """`memory` in MB by function; `alarms` counts metrics that alarms watch, which is what AWS charges.

    `settings` is the stage whose settings these are, `pool_plan` what Cognito charges people by. Models that
    are empty are not asked.
    """

    memory: Mapping[str, int]
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    chat_model: str = "amazon.nova-lite-v1:0"
    embedding_model: str = "amazon.titan-embed-text-v2:0"
    dimensions: int = 1024
    rerank_model: str = ""
    ocr_model: str = ""
    snap_start: bool = False
    pool_plan: str = "essentials"
    log_days: int = 30
    alarms: int = 0
    dashboards: int = 0
    budgets: int = 0
    settings: str = FALLBACK

    @classmethod
    def of(cls, stage: str = FALLBACK, given: Mapping[str, str] | None = None, app: Path = APP) -> Self:
        """The stage as `.chalice/config.json` and the template have it; `given` are parameters on top.

        Whoever has parameters from outside reads them with `deploying.stages` first, which checks them.
        """
        config = json.loads((app / ".chalice/config.json").read_text())
        settings = stage if stage in config["stages"] else FALLBACK
        section = config["stages"].get(settings, {})
        written = {name: str(value) for name, value in section.get("parameters", {}).items()}
        template = Template(_template(), written | dict(given or {}))
        return cls(
            memory={name: _memory(name, section, config) for name in FUNCTIONS},
            architecture=section.get("lambda_architecture", config.get("lambda_architecture", "x86_64")),
            chat_model=template.value("ChatModel"),
            embedding_model=template.value("EmbeddingModel"),
            dimensions=int(template.value("EmbeddingDimensions")),
            rerank_model=template.model("RerankModel"),
            ocr_model=template.model("OcrModel"),
            snap_start=template.value("SnapStart", "off") == "on",
            pool_plan=template.pool_plan(),
            log_days=int(template.value("LogRetentionDays")),
            alarms=sum(map(_metrics, template.made("AWS::CloudWatch::Alarm"))),
            dashboards=len(list(template.made("AWS::CloudWatch::Dashboard"))),
            budgets=len(list(template.made("AWS::Budgets::Budget"))),
            settings=settings,
        )

    def gigabytes(self, function: str) -> float:
        return self.memory[function] / 1024


@cache
def _template() -> Json:
    """Read once: the tables ask for a dozen deployments."""
    return read(TEMPLATE)


def _memory(function: str, section: Json, config: Json) -> int:
    """As Chalice looks for it: the stage's function, the stage, the function, everything, else 128."""
    common, own = (each.get("lambda_functions", {}).get(function, {}) for each in (config, section))
    return int({**config, **common, **section, **own}.get("lambda_memory_size", 128))


def _metrics(alarm: Json) -> int:
    """Metrics of an alarm: one, or those that its expression is made of."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", ())) or 1


@dataclass(frozen=True, slots=True)
class Template:
    """The template with parameters in place: which of its conditional resources would be made."""

    template: Json
    given: Mapping[str, str] = field(default_factory=dict)

    def value(self, parameter: str, otherwise: str = "") -> str:
        declared = self.template["Parameters"].get(parameter, {}).get("Default", otherwise)
        return str(self.given.get(parameter, declared))

    def model(self, parameter: str) -> str:
        """Empty where the stage has none."""
        value = self.value(parameter)
        return "" if value == NO_MODEL else value

    def pool_plan(self) -> str:
        """Essentials unless the pool says otherwise:
        https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-sign-in-feature-plans.html"""
        pool: Json = next(self.made("AWS::Cognito::UserPool"), {})
        return str(pool.get("UserPoolTier", "ESSENTIALS")).lower()

    def made(self, kind: str) -> Iterator[Json]:
        """Properties of the resources of this type that no condition leaves out."""
        for resource in self.template["Resources"].values():
            condition = resource.get("Condition")
            if resource["Type"] == kind and (condition is None or self.holds({"Condition": condition})):
                yield resource.get("Properties", {})

    def holds(self, condition: Json) -> bool:
        match condition:
            case {"Condition": name}:
                return self.holds(self.template["Conditions"][name])
            case {"Fn::Equals": [one, other]}:
                return self._text(one) == self._text(other)
            case {"Fn::Not": [inner]}:
                return not self.holds(inner)
            case {"Fn::And": parts}:
                return all(map(self.holds, parts))
            case {"Fn::Or": parts}:
                return any(map(self.holds, parts))
        raise ValueError(f"{condition} is no condition that is known here")

    def _text(self, value: Json) -> str:
        return self.value(value["Ref"]) if isinstance(value, dict) else str(value)
