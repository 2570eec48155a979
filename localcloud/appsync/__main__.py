"""Serves one API from its template: `python -m localcloud.appsync --template appsync/template.yaml …`."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from localcloud.appsync.certificates import Certificates
from localcloud.appsync.command import configured, from_template, quieten, read_json, surroundings
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.pages import Pages
from localcloud.appsync.server import Server

ROOT = Path(__file__).parent.parent.parent


def main() -> int:
    options = parser().parse_args()
    quieten()
    try:
        server = server_for(options, os.environ)
    except DefinitionError as error:
        print(f"The API cannot be served: {error}.", file=sys.stderr)  # noqa: T201  (a command's own output)
        return 1
    server.run()
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m localcloud.appsync", description=__doc__)
    options.add_argument("--template", type=Path, default=ROOT / "appsync/template.yaml")
    options.add_argument(
        "--parameters",
        type=Path,
        help="JSON: parameters by name, physical ids by logical id, attributes as Id.Attribute",
    )
    options.add_argument(
        "--credentials",
        type=Path,
        help="JSON: access key id to {secret, arn, policy}, besides the environment's",
    )
    options.add_argument("--config", type=Path, help="the riffle.json to serve")
    options.add_argument("--dist", type=Path, default=ROOT / "frontend/dist", help="the built web page")
    options.add_argument(
        "--certificates",
        type=Path,
        default=platformdirs.user_data_path("riffle") / "certificates",
        help="the folder of the authority and certificate for https:// and wss://, made when missing",
    )
    options.add_argument("--port", type=int, default=8000)
    return options


def server_for(options: argparse.Namespace, environ: Mapping[str, str]) -> Server:
    what = from_template(options.template, None, read_json(options.parameters))
    around = surroundings(environ, read_json(options.credentials))
    connect = {environ.get("AWS_ENDPOINT_URL"), environ.get("AWS_ENDPOINT_URL_S3")}
    config = read_json(options.config)
    pages = Pages(config, options.dist, around.cognito_url or "", tuple(filter(None, connect)))
    return Server(configured(what, around, pages, options.port), Certificates(options.certificates))


if __name__ == "__main__":
    sys.exit(main())
