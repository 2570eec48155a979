"""Serves one API from its template: `python -m localcloud.appsync --template appsync/template.yaml …`."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import platformdirs
import uvicorn

from localcloud.appsync.app import create_app
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.certificates import Certificates
from localcloud.appsync.definition import read
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.pages import Pages
from localcloud.appsync.server import Server, configure
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import load

ROOT = Path(__file__).parent.parent.parent
ARN = "arn:aws:iam::000000000000:user/local"


def main() -> int:
    options = parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "botocore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        server = Server(application(options, os.environ), Certificates(options.certificates))
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
        "--credentials", type=Path, help="JSON: access key id to {secret, arn}, besides the environment's"
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


def application(options: argparse.Namespace, environ: Mapping[str, str]) -> uvicorn.Config:
    """The endpoints of AWS are boto3's own `AWS_ENDPOINT_URL…`; without them Cognito's keys come from AWS."""
    endpoint = environ.get("AWS_ENDPOINT_URL")
    cognito = environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", endpoint)
    values = read_json(options.parameters)
    around = Surroundings(
        cognito_url=cognito,
        credentials={**from_environment(environ), **from_file(read_json(options.credentials))},
    )
    api = assemble(read(load(options.template, values)), around)
    connect = tuple(filter(None, {endpoint, environ.get("AWS_ENDPOINT_URL_S3")}))
    pages = Pages(read_json(options.config), options.dist, cognito or "", connect)
    return configure(create_app(api, pages=pages), options.port)


def read_json(path: Path | None) -> Json:
    """Raises DefinitionError for a file that is missing or no JSON."""
    try:
        return json.loads(path.read_text()) if path else {}
    except (OSError, ValueError) as error:
        raise DefinitionError(f"{path} cannot be read: {error}") from error


def from_environment(environ: Mapping[str, str]) -> dict[str, Credential]:
    """The functions on this machine run with our own credentials, so what they sign is signed with these."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    return {key: Credential(secret, ARN)} if key and secret else {}


def from_file(known: Mapping[str, Json]) -> dict[str, Credential]:
    return {key: Credential(each["secret"], each.get("arn", ARN)) for key, each in known.items()}


if __name__ == "__main__":
    sys.exit(main())
