"""The one table of the functions' variables, from both of its sides."""

from typing import Any

from chalicelib.settings import Settings

from appsync.deploying.environment import OUTPUTS, expressions, values
from appsync.packaging import package


class Read(dict[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # as it is asked for
        self.asked.add(name)
        return super().get(name, default)


def test_variables_are_exactly_those_that_the_product_reads() -> None:
    environ = Read(values("dev", dict.fromkeys(OUTPUTS.values(), "7")))
    settings = Settings.from_environ(environ)
    assert (settings.stage, settings.embedding_dimensions) == ("dev", 7)
    assert environ.asked == set(environ)


def test_template_says_the_same_variables_as_its_outputs() -> None:
    template = package()
    said = expressions(template)
    assert set(said) == set(values("dev", dict.fromkeys(OUTPUTS.values(), "")))
    assert said["RIFFLE_DOCUMENTS_TABLE"] == {"Ref": "DocumentsTable"}


def test_every_output_that_becomes_a_variable_says_which() -> None:
    outputs: Any = package()["Outputs"]
    said = {name: outputs[output]["Description"].split(",")[0] for name, output in OUTPUTS.items()}
    assert said == {name: name for name in OUTPUTS}
