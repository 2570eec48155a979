"""What a deployment makes of the parameters that a stack was deployed with, in sentences."""

from collections.abc import Iterator, Mapping

from appsync.deploying.stages import DECIDED_HERE, Stage, declared_parameters

NOBODYS = DECIDED_HERE | {"Protection"}
"""Stacks are made without protection, and get it a moment later."""

FOUND = "ModelArns"
"""The end of the names of parameters that follow from a model's."""


def parameters(stage: Stage, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Those that change: what was set by hand holds for one deployment, and would else go back unnoticed."""
    declared = declared_parameters()
    for name, was in before.items():
        if name in declared and name not in NOBODYS and not name.endswith(FOUND):
            becomes = after.get(name, str(declared[name].get("Default", "")))
            if was != becomes:
                yield f"{name} was {was or 'empty'} and becomes {becomes or 'empty'}, {_why(stage, name)}."


def _why(stage: Stage, name: str) -> str:
    if name in stage.given:
        return "as this command says"
    if name in stage.parameters:
        return "as .chalice/config.json says"
    return "its default; to keep it, write it into .chalice/config.json or give --parameter again"
