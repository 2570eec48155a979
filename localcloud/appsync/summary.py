"""What is worth reading at the start: addresses, keys, who answers what, and what is not served."""

from collections import Counter
from collections.abc import Iterator

from localcloud.appsync.command import Offer, issuers_of
from localcloud.appsync.errors import Json

SERVED = frozenset({
    "AWS::AppSync::GraphQLApi", "AWS::AppSync::GraphQLSchema", "AWS::AppSync::ApiKey",
    "AWS::AppSync::DataSource", "AWS::AppSync::Resolver", "AWS::AppSync::FunctionConfiguration",
    "AWS::AppSync::Api", "AWS::AppSync::ChannelNamespace",
})  # fmt: skip
ABOUT = ("AWS::AppSync::", "AWS::Serverless::GraphQL", "AWS::CloudFormation::Stack")
IGNORED = ("CachingConfig", "SyncConfig")


def summarise(offer: Offer, port: int, *, tls: bool, signing: str | None = None) -> Iterator[tuple[str, str]]:
    """Pairs of what a line is about and what it says. `signing` is the command that makes a user's token."""
    template = offer.template
    yield from addresses(offer, port, tls=tls)
    for _, api in template.all("AWS::AppSync::GraphQLApi"):
        providers = [api, *template.resolve(api.get("AdditionalAuthenticationProviders", []))]
        yield "modes", ", ".join(template.text(each["AuthenticationType"]) for each in providers)
    keys = [
        template.text({"Fn::GetAtt": [name, "ApiKey"]}) for name, _ in template.all("AWS::AppSync::ApiKey")
    ]
    for key in dict.fromkeys(keys):
        yield "API key", key
    if signing and issuers_of(offer):
        yield "token of a user", signing
    yield from answering(offer)
    for each in sorted(unserved(offer.document)):
        yield "not emulated", each


def addresses(offer: Offer, port: int, *, tls: bool) -> Iterator[tuple[str, str]]:
    here = f"localhost:{port}"
    also = "   (https:// as well)" if tls else ""
    if offer.template.all("AWS::AppSync::GraphQLApi"):
        yield "GraphQL", f"http://{here}/graphql{also}"
        yield "real-time", f"ws://{here}/graphql/realtime"
        yield "explorer", f"http://{here}/explorer"
    if offer.template.all("AWS::AppSync::Api"):
        yield "Events", f"http://{here}/event{also}"
        yield "Events, real-time", f"ws://{here}/event/realtime"
        spaces = [each["Name"] for _, each in offer.template.all("AWS::AppSync::ChannelNamespace")]
        yield "channels", ", ".join(f"/{offer.template.text(name)}/*" for name in spaces) or "none"


def answering(offer: Offer) -> Iterator[tuple[str, str]]:
    """How many fields each data source answers."""
    resolvers = [each for _, each in offer.template.all("AWS::AppSync::Resolver")]
    counts = Counter(
        "pipelines" if each.get("Kind") == "PIPELINE" else offer.template.text(each.get("DataSourceName", ""))
        for each in resolvers
    )
    for name, count in sorted(counts.items()):
        yield "resolvers", f"{name}: {count}"


def unserved(document: Json) -> set[str]:
    """Types and properties of AppSync in a template that this endpoint leaves aside."""
    found = set()
    for name, resource in document["Resources"].items():
        kind = str(resource.get("Type"))
        if kind.startswith(ABOUT) and kind not in SERVED:
            found.add(f"{name} ({kind})")
        properties = resource.get("Properties", {})
        found |= {f"{each} of {name}" for each in IGNORED if kind in SERVED and each in properties}
    return found
