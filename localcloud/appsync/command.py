"""Serves any AppSync API here: what `riffle appsync serve` and the launcher's process have in common.

A template or a folder becomes a definition, a definition an API, and an API a server on one port.
"""

import dataclasses
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import uvicorn
import yaml

from appsync.packaging import inline, read
from localcloud.appsync import definition, issuers
from localcloud.appsync.api import Settings
from localcloud.appsync.app import create_app
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.assets import localise
from localcloud.appsync.certificates import Certificates
from localcloud.appsync.documents import Bounds
from localcloud.appsync.errors import DefinitionError, Json
from localcloud.appsync.events import definition as events
from localcloud.appsync.events.api import Settings as EventsSettings
from localcloud.appsync.events.assembly import assemble as assemble_events
from localcloud.appsync.folder import Folder
from localcloud.appsync.functions import inline_functions, lambda_service
from localcloud.appsync.issuers import Issuer
from localcloud.appsync.keys import Key
from localcloud.appsync.mapping import MAPPING, first_line
from localcloud.appsync.naming import physical_names
from localcloud.appsync.pages import Pages
from localcloud.appsync.policies import read_policy
from localcloud.appsync.realtime import Limits
from localcloud.appsync.server import Server, configure
from localcloud.appsync.signer import signer_of
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import Template

GRAPHQL = "AWS::AppSync::GraphQLApi"
PORT = 8000
ARN = "arn:aws:iam::000000000000:user/local"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be served: a template whose values are known, and where its data sources' services are."""

    template: Template
    document: Json
    endpoints: Mapping[str, str] = field(default_factory=dict)


def from_template(path: Path, schema: Path | None, values: Mapping[str, str], port: int = PORT) -> Offer:
    """Raises DefinitionError. `schema` takes the place of the one that the template names."""
    with readable(path):
        document: Json = read(path)
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict):
        raise DefinitionError(f"{path} is no CloudFormation template: it has no Resources")
    for name, each in document["Resources"].items():
        if not isinstance(each, dict) or not isinstance(each.get("Type"), str):
            raise DefinitionError(f"resource {name} of {path} has no Type")
        if schema and each["Type"] == "AWS::AppSync::GraphQLSchema":
            each["Properties"] = {"Definition": read_text(schema)}
    with definition.of_another_shape():
        localise(document, path.parent)
        with readable(path):
            inline(document, path.parent)
        return offer(document, values, port)


def from_schema(path: Path, values: Mapping[str, str], port: int = PORT) -> Offer:
    """A schema alone: its fields are null and its mutations publish nothing, but clients can be generated."""
    resources = {
        "Api": ("AWS::AppSync::GraphQLApi", {"Name": path.stem, "AuthenticationType": "API_KEY"}),
        "Schema": ("AWS::AppSync::GraphQLSchema", {"Definition": read_text(path)}),
        "Key": ("AWS::AppSync::ApiKey", {}),
    }
    return offer(
        {"Resources": {name: {"Type": kind, "Properties": p} for name, (kind, p) in resources.items()}},
        values,
        port,
    )


def from_folder(path: Path, values: Mapping[str, str], port: int = PORT) -> Offer:
    folder = Folder(path)
    return offer(folder.document(), {**folder.values(), **values}, port, folder.endpoints())


def offer(
    document: Json, values: Mapping[str, str], port: int, endpoints: Mapping[str, str] | None = None
) -> Offer:
    return Offer(Template(document, physical_names(document, values, port)), document, endpoints or {})


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Whatever keeps a file from being read, in one sentence."""
    try:
        yield
    except OSError as error:
        raise DefinitionError(f"{error.filename} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{path} is no text") from error
    except (yaml.YAMLError, TypeError) as error:
        raise DefinitionError(f"{path} is no YAML: {first_line(error)}") from error


def read_text(path: Path) -> str:
    with readable(path):
        return path.read_text()


def read_json(path: Path | None) -> Json:
    """Raises DefinitionError for a file that is missing or no JSON object."""
    try:
        found = json.loads(read_text(path)) if path else {}
    except ValueError as error:
        raise DefinitionError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise DefinitionError(f"{path} is no JSON object of names and values")
    return found


def chosen[T: (Settings, Bounds, EventsSettings, Limits)](defaults: T, given: Mapping[str, str]) -> T:
    """The settings with those that were `given` by name, each read as its default's type."""
    known = {each.name: getattr(defaults, each.name) for each in dataclasses.fields(defaults)}
    picked = {name: read_setting(name, text, known[name]) for name, text in given.items() if name in known}
    return dataclasses.replace(defaults, **picked)


def read_setting(name: str, text: str, default: Json) -> Json:
    try:
        value = text if isinstance(default, str) else json.loads(text)
    except ValueError:
        value = None
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if type(value) is not type(default):
        raise DefinitionError(f"setting {name} is {json.dumps(default)} by default and cannot be '{text}'")
    return value


def setting_names() -> dict[str, Json]:
    """Every setting with its default: numbers, texts and switches of the API and of its connections."""
    kinds = (Settings, Bounds, EventsSettings, Limits)
    defaults = {each.name: each.default for kind in kinds for each in dataclasses.fields(kind)}
    return {name: value for name, value in defaults.items() if isinstance(value, str | int | float)}


def check_settings(given: Mapping[str, str]) -> None:
    if unknown := sorted(set(given) - set(setting_names())):
        raise DefinitionError(
            f"there is no setting '{unknown[0]}'; there are {', '.join(sorted(setting_names()))}"
        )


def surroundings(environ: Mapping[str, str], further: Mapping[str, Json]) -> Surroundings:
    """The endpoints of AWS are boto3's own `AWS_ENDPOINT_URL…`; without them Cognito's keys come from AWS."""
    cognito = environ.get("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", environ.get("AWS_ENDPOINT_URL"))
    known = {key: read_credential(each) for key, each in further.items()}
    return Surroundings(cognito_url=cognito, credentials={**from_environment(environ), **known})


def read_credential(given: Json) -> Credential:
    """`policy`, an IAM policy document, bounds what a key may call."""
    if not isinstance(given, dict) or not isinstance(given.get("secret"), str):
        raise DefinitionError("each access key of the credentials needs a {secret, arn}")
    policy = read_policy(given["policy"]) if "policy" in given else None
    return Credential(given["secret"], given.get("arn", ARN), policy)


def from_environment(environ: Mapping[str, str]) -> dict[str, Credential]:
    """The functions on this machine run with our own credentials, so what they sign is signed with these."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    return {key: Credential(secret, ARN)} if key and secret else {}


def configured(
    what: Offer, around: Surroundings, pages: Pages, port: int, settings: Mapping[str, str] | None = None
) -> uvicorn.Config:
    """Raises DefinitionError for whatever cannot be served."""
    given = settings or {}
    check_settings(given)
    there = dataclasses.replace(around, endpoints={**around.endpoints, **what.endpoints})
    graphql = definition.read(what.template) if what.template.all(GRAPHQL) else None
    channels = events.read(what.template)
    if graphql is None and channels is None:
        raise DefinitionError(nothing_served(what.document))
    settled = dataclasses.replace(chosen(Settings(), given), bounds=chosen(Bounds(), given))
    api = assemble(graphql, there, settled) if graphql else None
    events_api = assemble_events(channels, there, chosen(EventsSettings(), given)) if channels else None
    signing = [issuers.route(issuers_of(what))] if around.local_keys else []
    shown = pages if api else None
    return configure(create_app(api, chosen(Limits(), given), shown, events_api, signing), port)


def issuers_of(what: Offer) -> list[Issuer]:
    """Whose tokens the APIs take: of nobody, when they know no pools and no providers."""
    graphql = definition.read(what.template) if what.template.all(GRAPHQL) else None
    return issuers.issuers_of(each.providers for each in (graphql, events.read(what.template)) if each)


def nothing_served(document: Json) -> str:
    """Why a template has no API: what describes one in other terms is named."""
    kinds = {each.get("Type"): name for name, each in document["Resources"].items()}
    if name := kinds.get("AWS::Serverless::GraphQLApi"):
        return (
            f"{name} is an AWS::Serverless::GraphQLApi, which SAM expands while it deploys: name the "
            "template that it becomes (aws cloudformation get-template --template-stage Processed)"
        )
    if name := kinds.get("AWS::CloudFormation::Stack"):
        return f"the template has no API of AppSync's; is it in the template of the nested stack {name}?"
    return "the template has neither an AWS::AppSync::GraphQLApi nor an AWS::AppSync::Api"


@dataclass(frozen=True, slots=True)
class Options:
    """What somebody asked for on the command line. Without `tls`, a folder of certificates, there is none.

    `token_keys` is the folder of this machine's own key: what it signs is taken beside the issuers' own.
    """

    folder: Path | None = None
    template: Path | None = None
    schema: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    credentials: Path | None = None
    lambda_endpoint: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = PORT
    tls: Path | None = None
    token_keys: Path | None = None

    def sources(self) -> Sequence[Path]:
        """What a change of calls for another start."""
        folders = {path if path.is_dir() else path.parent for path in (self.folder, self.template) if path}
        return sorted(folders | ({self.schema} if self.schema else set()))


@dataclass(frozen=True, slots=True)
class Ready:
    """An API that is wired up, and the server that will serve it."""

    offer: Offer
    server: uvicorn.Server


@contextmanager
def prepared(options: Options, environ: Mapping[str, str]) -> Iterator[Ready]:
    """Raises DefinitionError. The template's own Python functions run for as long as this lasts."""
    what = offered(options)
    check_endpoints(what, options)
    with functions_at(what, options.lambda_endpoint or environ.get("AWS_ENDPOINT_URL_LAMBDA")) as url:
        around = dataclasses.replace(
            surroundings(environ, read_json(options.credentials)),
            session=session(environ),
            endpoints={**functions_of(what, url), **options.endpoints},
            function_url=url,
            local_keys=local_keys(what, options),
        )
        pages = Pages({"apiKey": first_key(what)}, None, around.cognito_url or "")
        config = configured(what, around, pages, options.port, options.settings)
        yield Ready(what, Server(config, Certificates(options.tls) if options.tls else None))


def local_keys(what: Offer, options: Options) -> dict[str, Key]:
    """An API without pools and providers needs none."""
    return signer_of(options.token_keys).trusted() if options.token_keys and issuers_of(what) else {}


def offered(options: Options) -> Offer:
    """Raises DefinitionError, also when nothing was named, or two things that exclude each other."""
    if options.folder:
        if options.template or options.schema:
            raise DefinitionError("name a folder, or a --template or --schema: not both")
        return from_folder(options.folder, options.values, options.port)
    if options.template:
        return from_template(options.template, options.schema, options.values, options.port)
    if options.schema:
        return from_schema(options.schema, options.values, options.port)
    raise DefinitionError(f"name a folder with an {MAPPING}, a --template or a --schema")


def check_endpoints(what: Offer, options: Options) -> None:
    """A name or an address that is misspelled would leave a data source where nobody expects it."""
    names = [what.template.text(each["Name"]) for _, each in what.template.all("AWS::AppSync::DataSource")]
    if unknown := sorted(set(options.endpoints) - set(names)):
        raise DefinitionError(
            f"there is no data source '{unknown[0]}' for --endpoint, but {', '.join(names)}"
        )
    for url in filter(None, (options.lambda_endpoint, *options.endpoints.values(), *what.endpoints.values())):
        if not url.startswith(("http://", "https://")):
            raise DefinitionError(f"'{url}' is no address of a service: http://host:port")


@contextmanager
def functions_at(what: Offer, given: str | None) -> Iterator[str | None]:
    """Where Lambda functions are: as told, else the template's own here, else wherever boto3 finds AWS."""
    own = {} if given else inline_functions(what.template)
    if not own:
        yield given
        return
    with lambda_service(own) as url:
        yield url


def functions_of(what: Offer, url: str | None) -> dict[str, str]:
    names = [
        what.template.text(properties["Name"])
        for _, properties in what.template.all("AWS::AppSync::DataSource")
        if properties.get("Type") == "AWS_LAMBDA"
    ]
    return dict.fromkeys(names, url) if url else {}


def session(environ: Mapping[str, str]) -> boto3.Session:
    """AWS's own chain of credentials."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    token = environ.get("AWS_SESSION_TOKEN")
    return boto3.Session(key, secret, token if key else None, region_name=region)


def first_key(what: Offer) -> str | None:
    keys = [name for name, _ in what.template.all("AWS::AppSync::ApiKey")]
    return what.template.text({"Fn::GetAtt": [keys[0], "ApiKey"]}) if keys else None


def quieten() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "botocore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
