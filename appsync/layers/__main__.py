"""Builds layers by hand: `python -m appsync.layers build --layer index --architecture arm64`."""

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from appsync.layers import limits
from appsync.layers.building import OUT, Built, build
from appsync.layers.errors import LayerFailed
from appsync.layers.targets import ARCHITECTURES, LAYERS, PYTHONS, Target


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        built = [
            build(layer, Target(python, architecture), options.out, _say)
            for layer, python, architecture in itertools.product(
                options.layer or LAYERS, options.python or PYTHONS, options.architecture or ARCHITECTURES
            )
        ]
    except LayerFailed as error:
        _say(str(error))
        return 2
    for each in built:
        _say(f"{each.path}: {each.unzipped:,} bytes, {each.zipped:,} zipped")
    if options.command == "sizes":
        limits.SIZES.write_text(json.dumps(_sizes(built), indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m appsync.layers", description=__doc__)
    parser.add_argument(
        "command",
        choices=["build", "sizes"],
        help="sizes: build, and note the sizes as the reference of growth",
    )
    parser.add_argument("--layer", choices=LAYERS, action="append", help="default: all")
    parser.add_argument("--python", choices=PYTHONS, action="append", help="default: all")
    parser.add_argument("--architecture", choices=ARCHITECTURES, action="append", help="default: both")
    parser.add_argument("--out", type=Path, default=OUT, help="default: build/layers")
    return parser


def _sizes(built: Sequence[Built]) -> limits.Sizes:
    """Bytes by package for each layer and target, with those that are not built now as they were."""
    manifests = [each.manifest for each in built]
    return {**limits.reference(), **{limits.key(each): each.packages() for each in manifests}}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
