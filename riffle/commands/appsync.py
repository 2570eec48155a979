"""`riffle appsync`: AppSync APIs on this machine. The endpoint and the audits are imported when they run."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import platformdirs
import typer

from riffle.commands.console import complain, err, say, write, write_json, write_table
from riffle.errors import RiffleError

if TYPE_CHECKING:
    from localcloud.appsync.command import Offer, Options
    from localcloud.appsync.issuers import Issuer
    from localcloud.audits.rules import Outcome, Rule
    from localcloud.audits.target import Target

app = typer.Typer(
    help="Serve AppSync APIs on this machine, and audit any AppSync endpoint.", no_args_is_help=True
)
CERTIFICATES = platformdirs.user_data_path("riffle") / "certificates"
PORT = 8000
NEEDED = (3, 13)

Pairs = list[str]


class NotInstalled(RiffleError):
    """The endpoint's own libraries are not there: the client alone was installed."""


class NotServed(RiffleError):
    """The API, as it was described, cannot be served."""


@contextmanager
def endpoint() -> Iterator[None]:
    """Says how to install what an import misses."""
    if sys.version_info < NEEDED:
        raise NotInstalled("This command needs Python 3.13 or newer; the rest of riffle runs on 3.12 too.")
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"This command needs more than the client ({error.name}): pip install '.[appsync]'"
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
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on this machine.")] = PORT,
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
    no_local_tokens: Annotated[
        bool,
        typer.Option("--no-local-tokens", help="Refuse what `riffle appsync token` signs on this machine."),
    ] = False,
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
        defaults = {name: json.dumps(value) for name, value in setting_names().items()}
        write_table(["setting", "default"], defaults.items())
        return
    try:
        options = Options(
            folder=folder, template=template, schema=schema, port=port, credentials=credentials,
            values={**read_json(parameters), **pairs(value)}, lambda_endpoint=lambda_endpoint,
            endpoints=pairs(endpoint_of), settings=pairs(setting), tls=None if no_tls else tls,
            token_keys=None if no_local_tokens else tls,
        )  # fmt: skip
        serve_again(options) if reload else serve_once(options)
    except DefinitionError as error:
        raise NotServed(f"The API cannot be served: {error}.") from error


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The user's name.")],
    group: Annotated[list[str] | None, typer.Option(help="A group the user is in; repeatable.")] = None,
    claim: Annotated[
        Pairs | None,
        typer.Option(metavar="NAME=VALUE", help="Any claim, as JSON or as text; repeatable."),
    ] = None,
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="45s, 30m, 1h or 7d from now; -1h for one that has expired.")
    ] = "1h",
    by_id: Annotated[bool, typer.Option("--id", help="A pool's ID token, not an access token.")] = False,
    pool: Annotated[
        str | None, typer.Option(metavar="ID", help="The user pool, where the API has several.")
    ] = None,
    issuer: Annotated[str | None, typer.Option(metavar="URL", help="The OpenID Connect provider.")] = None,
    client: Annotated[str | None, typer.Option(help="The app client; by default one the API takes.")] = None,
    port: Annotated[int, typer.Option(help="Where riffle appsync serve is asked for its pools.")] = PORT,
    tls: Annotated[
        Path, typer.Option(help="The folder that serve has as --tls: the signing key is in it too.")
    ] = CERTIFICATES,
) -> None:
    """Print a token for a user of the API that riffle appsync serve serves on this machine.

    No user pool and no provider is asked: a key of this machine signs the claims that they would.
    Nobody else takes it, neither AWS nor make dev.
    """
    with endpoint():
        from localcloud.appsync.errors import DefinitionError
        from localcloud.appsync.issuers import NoIssuer, Person, read_claim, seconds
        from localcloud.appsync.signer import signer_of
    try:
        claims = {key: read_claim(text) for key, text in pairs(claim).items()}
        person = Person(name, tuple(group or ()), claims, seconds(expires), by_id)
        chosen = issuer_for(f"http://localhost:{port}", pool or issuer, client)
        write(signer_of(tls).sign(person.claims_for(chosen)) + "\n")
    except (DefinitionError, NoIssuer) as error:
        raise NotServed(f"No token was signed: {error}.") from error


def issuer_for(origin: str, named: str | None, client: str | None) -> "Issuer":
    """One of the API's, the first when none was `named`; an API that is not there yet will have that one."""
    from localcloud.appsync.issuers import NoIssuer, choose, served_at

    try:
        served = served_at(origin)
    except NoIssuer:
        if named is None:
            raise
        served = []
    return choose(served, named, client)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder that is made; it must not be there yet.")],
) -> None:
    """Make a folder with a small API that works: people send messages to rooms and follow them."""
    with endpoint():
        from localcloud.appsync.folder import EXAMPLE
    copy(EXAMPLE, folder)
    say(f"Made {folder}. Serve it with: riffle appsync serve {folder}")


@app.command()
def audit(
    url: Annotated[
        str | None,
        typer.Argument(
            help="The GraphQL endpoint of the audits' API. Without it, one is served here and audited."
        ),
    ] = None,
    events_url: Annotated[str | None, typer.Option(help="The HTTP endpoint of its Events API.")] = None,
    api_key: Annotated[str | None, typer.Option(envvar="AUDIT_API_KEY")] = None,
    events_api_key: Annotated[
        str | None, typer.Option(envvar="AUDIT_EVENTS_API_KEY", help="By default the same as --api-key.")
    ] = None,
    token: Annotated[str | None, typer.Option(envvar="AUDIT_TOKEN", help="A Cognito user's token.")] = None,
    editor_token: Annotated[
        str | None, typer.Option(envvar="AUDIT_EDITOR_TOKEN", help="One of a user in the group `editors`.")
    ] = None,
    expired_token: Annotated[str | None, typer.Option(envvar="AUDIT_EXPIRED_TOKEN")] = None,
    foreign_token: Annotated[
        str | None, typer.Option(envvar="AUDIT_FOREIGN_TOKEN", help="One that another pool signed.")
    ] = None,
    oidc_token: Annotated[str | None, typer.Option(envvar="AUDIT_OIDC_TOKEN")] = None,
    lambda_token: Annotated[
        str | None,
        typer.Option(envvar="AUDIT_LAMBDA_TOKEN", help="Any text: the audits' authoriser takes it."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="The profile of the AWS credentials to sign with.")
    ] = None,
    region: Annotated[str, typer.Option(envvar="AWS_REGION")] = "us-east-1",
    ca: Annotated[
        Path | None, typer.Option(help="A certificate to trust, for https:// on this machine.")
    ] = None,
    tls: Annotated[
        Path, typer.Option(help="The folder that serve has as --tls: its key signs tokens that are missing.")
    ] = CERTIFICATES,
    only: Annotated[str | None, typer.Option(help="Codes or their beginnings: RT,EV03.")] = None,
    slow: Annotated[
        bool,
        typer.Option(
            "--slow", help="Also those that take a minute or two; --only RT45 takes one of them too."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per audit.")] = False,
) -> None:
    """Put an endpoint to every rule of AppSync's: this one, or a real AppSync API.

    The audits ask an API of their own. `riffle appsync audit-api DIR` writes its template,
    to deploy with aws cloudformation, or to serve with riffle appsync serve.
    """
    with endpoint():
        from localcloud.audits.catalogue import chosen
        from localcloud.audits.local import local_tokens
        from localcloud.audits.signing import credentials
        from localcloud.audits.target import Callers, Target, trust
    rules = chosen(only, slow=slow)
    if not rules:
        raise NotServed(f"No audit has a code that begins with '{only}'.")
    if url is None:
        report(audited_here(rules), as_json=as_json)
        return
    given = {
        "token": token, "editor": editor_token, "expired": expired_token, "foreign": foreign_token,
        "oidc": oidc_token,
    }  # fmt: skip
    callers = Callers(
        api_key=api_key, lambda_token=lambda_token, aws=credentials(profile, region),
        events_key=events_api_key or api_key,
        **{**local_tokens(url, tls), **{name: each for name, each in given.items() if each}},
    )  # fmt: skip
    report(audited(Target(url, callers, events_url, trusted=trust(ca)), rules), as_json=as_json)


@app.command("audit-api")
def audit_api(
    folder: Annotated[Path, typer.Argument(help="A folder that is made; it must not be there yet.")],
) -> None:
    """Write the template, schema and resolvers of the API that the audits ask."""
    with endpoint():
        from localcloud.audits.catalogue import API
    copy(API, folder)
    say(f"Made {folder}. Serve it with: riffle appsync serve --template {folder / 'template.yaml'}")


def audited(target: "Target", rules: "list[Rule]") -> "list[Outcome]":
    """Every outcome; what an audit skips or fails is part of it."""
    from localcloud.audits.running import Unreachable, audit_all

    try:
        return asyncio.run(audit_all(target, rules))
    except Unreachable as error:
        raise NotServed(f"Nothing was audited: {error}.") from error


def audited_here(rules: "list[Rule]") -> "list[Outcome]":
    with endpoint():
        from localcloud.audits.here import served
    logging.getLogger("localcloud").setLevel(logging.CRITICAL)  # what audits provoke is no news
    with served({"keep_alive_seconds": "1.0"}) as target:
        return audited(target, rules)


def report(outcomes: "list[Outcome]", *, as_json: bool) -> None:
    """A line for each; status 1 when one failed."""
    rows = [(each.rule.code, each.result, each.rule.sentence, each.reason) for each in outcomes]
    if as_json:
        for code, result, sentence, reason in rows:
            write_json({"code": code, "result": result, "rule": sentence, "reason": reason})
    else:
        write_table(["code", "result", "the endpoint …", "why"], rows)
    counts = Counter(each.result for each in outcomes)
    say(", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "skipped")))
    if counts["failed"]:
        sys.exit(1)


def copy(made: Path, folder: Path) -> None:
    if folder.exists():
        raise NotServed(f"{folder} is there already; name a folder that is not.")
    shutil.copytree(made, folder)


def serve_once(options: "Options") -> None:
    from localcloud.appsync.command import prepared, quieten

    quieten()
    with prepared(options, os.environ) as ready:
        for name, text in told(ready.offer, options):
            err.print(f"{name:>18}  {text}", markup=False)
        ready.server.run()


def told(offer: "Offer", options: "Options") -> Iterator[tuple[str, str]]:
    from localcloud.appsync.summary import summarise

    yield from summarise(offer, options.port, tls=options.tls is not None, signing=signing(options))


def signing(options: "Options") -> str | None:
    """The command that signs a token for what is served here."""
    if options.token_keys is None:
        return None
    port = "" if options.port == PORT else f" --port {options.port}"
    folder = "" if options.token_keys == CERTIFICATES else f" --tls {options.token_keys}"
    return f"riffle appsync token ada{port}{folder}"


def serve_again(options: "Options") -> None:
    """A fresh process at every change; one that cannot start waits for the next change."""
    with endpoint():
        import watchfiles
    logging.getLogger("watchfiles").setLevel(logging.ERROR)  # that a process has ended, it told itself
    watchfiles.run_process(*options.sources(), target=serve_child, args=(options,))


def serve_child(options: "Options") -> None:
    """A change and Ctrl-C both interrupt it, which is no news."""
    from localcloud.appsync.errors import DefinitionError

    try:
        serve_once(options)
    except DefinitionError as error:
        complain(f"The API cannot be served: {error}. Waiting for a change.")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def pairs(given: list[str] | None) -> Mapping[str, str]:
    """`NAME=VALUE` texts as a mapping."""
    for each in given or ():
        if "=" not in each:
            raise typer.BadParameter(f"'{each}' is not of the form NAME=VALUE")
    return dict(each.split("=", 1) for each in given or ())
