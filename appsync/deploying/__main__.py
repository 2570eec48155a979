"""For pipelines that deploy with CloudFormation's own command line: `python -m appsync.deploying package`."""

import argparse
import sys
from pathlib import Path

from appsync.deploying import bedrock, checks, rules, stages
from appsync.deploying.errors import BadStage, DeployError
from appsync.deploying.exporting import PARAMETERS, TEMPLATE, export
from appsync.layers import LAYERS, LayerFailed, Target, build

APP = Path(__file__).parents[2] / "chalice_app"
USAGE = f"""
Writes {TEMPLATE}, {PARAMETERS} and the zips that the template names into the folder. Then, with credentials
and version 2 of the command line (version 1 reads no file of parameters):

  aws cloudformation package --template-file DIR/{TEMPLATE} --s3-bucket BUCKET \\
      --use-json --output-template-file DIR/packaged.json
  aws cloudformation deploy --template-file DIR/packaged.json --stack-name riffle-NAME \\
      --s3-bucket BUCKET --parameter-overrides file://DIR/{PARAMETERS} \\
      --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset

BUCKET is a bucket of yours in the stage's region. Nothing is asked of AWS here.
"""


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or an error's own after a sentence on standard error."""
    given = _parser().parse_args(arguments)
    try:
        stage = stages.read(given.app, given.stage)
        parameters = checks.parameters(stage)
        for problem in (*rules.broken(parameters), *bedrock.unnamed(parameters)):
            raise BadStage(problem)
        target = Target(stage.python, stage.architecture)
        layers: dict[str, Path] = {layer: build(layer, target, say=_say).path for layer in LAYERS}
        export(stage, given.app, layers, given.out)
    except DeployError as error:
        _say(str(error))
        return error.status
    except LayerFailed as error:
        _say(str(error))
        return BadStage.status
    except OSError as error:
        _say(f"{error.filename or given.out} cannot be written: {error.strerror or error}")
        return DeployError.status
    _say(f"{given.out} has {TEMPLATE}, {PARAMETERS} and the zips that the template names.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m appsync.deploying", description=__doc__)
    package = parser.add_subparsers(required=True).add_parser(
        "package", description=USAGE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    package.add_argument("--stage", required=True, metavar="NAME")
    package.add_argument("--out", required=True, type=Path, metavar="DIR")
    package.add_argument("--app", type=Path, default=APP, help="the Chalice project (this repository's own)")
    return parser


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
