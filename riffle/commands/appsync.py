"""`riffle appsync`: AppSync APIs on this machine. The endpoint and the audits are imported when they run."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from riffle.commands.console import complain, err, say, write_table
from riffle.errors import RiffleError

if TYPE_CHECKING:
    from localcloud.appsync.command import Options

app = typer.Typer(
    help="Serve AppSync APIs on this machine, and audit any AppSync endpoint.", no_args_is_help=True
)
CERTIFICATES = platformdirs.user_data_path("riffle") / "certificates"

Pairs = list[str]


class NotInstalled(RiffleError):
    """The endpoint's own libraries are not there: the client alone was installed."""


class NotServed(RiffleError):
    """The API, as it was described, cannot be served."""


@contextmanager
def endpoint() -> Iterator[None]:
    """Says how to install what an import misses."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"This command needs more than the client ({error.name}): pip install 'riffle[appsync]'"
        raise NotInstalled(message) from error


@app.command()
def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with appsync.yaml, schema.graphql and resolvers/.")
    ] = None,
    template: Annotated[Path | None, typer.Option(help="A CloudFormation template, YAML or JSON.")] = None,
    schema: Annotated[
        Path | None, typer.Option(help="A GraphQL schema, in place of the template's or on its own.")
    ] = None,
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 8000,
    parameters: Annotated[
        Path | None,
        typer.Option(
            help="JSON: parameters by name, physical ids by logical id, attributes as Id.Attribute."
        ),
    ] = None,
    value: Annotated[
        Pairs | None, typer.Option(metavar="NAME=VALUE", help="One such value; repeatable.")
    ] = None,
    lambda_endpoint: Annotated[
        str | None,
        typer.Option(
            envvar="AWS_ENDPOINT_URL_LAMBDA",
            help="Where Lambda functions are invoked: sam local start-lambda, MiniStack, …",
        ),
    ] = None,
    endpoint_of: Annotated[
        Pairs | None,
        typer.Option("--endpoint", metavar="SOURCE=URL", help="The service of one data source; repeatable."),
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(help="JSON for IAM callers: access key id to {secret, arn}, besides the environment's."),
    ] = None,
    setting: Annotated[
        Pairs | None,
        typer.Option(
            metavar="NAME=VALUE", help="A limit, or what AWS leaves open; see --settings. Repeatable."
        ),
    ] = None,
    tls: Annotated[
        Path, typer.Option(help="The folder of the local authority and certificate, made when missing.")
    ] = CERTIFICATES,
    no_tls: Annotated[bool, typer.Option("--no-tls", help="Plain http:// and ws:// only.")] = False,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start anew when a file of the API changes.")
    ] = False,
    settings: Annotated[bool, typer.Option("--settings", help="List the settings and end.")] = False,
) -> None:
    """Serve a GraphQL or Events API as AppSync would: every unmodified client connects.

    Name a folder, or a template. Functions whose Python code is in the template run here;
    others are invoked at --lambda-endpoint. Resolvers in APPSYNC_JS run as they are.
    """
    with endpoint():
        from localcloud.appsync.command import Options, read_json, setting_names
        from localcloud.appsync.errors import DefinitionError
    if settings:
        write_table(["setting", "default"], setting_names().items())
        return
    try:
        options = Options(
            folder=folder, template=template, schema=schema, port=port, credentials=credentials,
            values={**read_json(parameters), **pairs(value)}, lambda_endpoint=lambda_endpoint,
            endpoints=pairs(endpoint_of), settings=pairs(setting), tls=None if no_tls else tls,
        )  # fmt: skip
        serve_again(options) if reload else serve_once(options)
    except DefinitionError as error:
        raise NotServed(f"The API cannot be served: {error}.") from error


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder that is made; it must not be there yet.")],
) -> None:
    """Make a folder with a small API that works: people send messages to rooms and follow them."""
    with endpoint():
        from localcloud.appsync.folder import EXAMPLE
    if folder.exists():
        raise NotServed(f"{folder} is there already; name a folder that is not.")
    shutil.copytree(EXAMPLE, folder)
    say(f"Made {folder}. Serve it with: riffle appsync serve {folder}")


def serve_once(options: "Options") -> None:
    from localcloud.appsync.command import prepared, quieten
    from localcloud.appsync.summary import summarise

    quieten()
    with prepared(options, os.environ) as ready:
        for name, text in summarise(ready.offer, options.port, tls=options.tls is not None):
            err.print(f"{name:>18}  {text}", markup=False)
        ready.server.run()


def serve_again(options: "Options") -> None:
    """A fresh process at every change; one that cannot start waits for the next change."""
    with endpoint():
        import watchfiles
    watchfiles.run_process(*options.sources(), target=serve_child, args=(options,))


def serve_child(options: "Options") -> None:
    from localcloud.appsync.errors import DefinitionError

    try:
        serve_once(options)
    except DefinitionError as error:
        complain(f"The API cannot be served: {error}.")
        sys.exit(1)


def pairs(given: list[str] | None) -> Mapping[str, str]:
    """`NAME=VALUE` texts as a mapping."""
    for each in given or ():
        if "=" not in each:
            raise typer.BadParameter(f"'{each}' is not of the form NAME=VALUE")
    return dict(each.split("=", 1) for each in given or ())
