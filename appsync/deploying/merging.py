"""Puts Chalice's functions into the template: role, environment and layers by reference, and fixed names."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass

from chalice.utils import to_cfn_resource_name

from appsync.deploying import environment
from appsync.deploying.errors import PackagingFailed
from appsync.deploying.stages import Stage
from appsync.layers.targets import LAYERS_OF
from appsync.packaging import Json, Object, as_object

ALIAS = "live"
PRESENT = "FunctionsPresent"
"""The template's condition of what invokes the functions by name."""

LOOPING = ("ingest", "answer")
"""Functions that send to the queue which feeds them, where they have to wait.

Lambda takes that for a mistake and stops it after sixteen times, unless it is told otherwise; how often they
wait is bounded by their own patience (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
"""

LAYER_OUTPUTS = {"runtime": "RuntimeLayerArn", "reading": "ReadingLayerArn", "index": "IndexLayerArn"}


@dataclass(frozen=True, slots=True)
class Archive:
    """Code from a zip in a bucket, with the keys of those layers that were built."""

    bucket: str
    key: str
    layers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Image:
    """Code from a container image, which has everything in it."""

    uri: str


type Source = Archive | Image


def merged(template: Mapping[str, Json], chalice: Mapping[str, Json], source: Source, stage: Stage) -> Object:
    """The template with the functions in it. Raises PackagingFailed for one that only one side knows."""
    whole = deepcopy(dict(template))
    whole["Transform"] = chalice["Transform"]
    resources = as_object(whole["Resources"])
    found = _functions(chalice)
    for name in stage.functions:
        logical = to_cfn_resource_name(name)
        if logical not in found:
            raise PackagingFailed(f"The app has no function {name}, which its configuration names.")
        _add(resources, logical, _function(whole, name, found.pop(logical), source, stage))
        _join(resources, name, logical, snapshots=_snapshots(stage))
    if found:
        raise PackagingFailed(
            f"The app's function {min(found)} is not under lambda_functions in its configuration."
        )
    return whole


def without_joins(template: Mapping[str, Json]) -> Object:
    """The template without what invokes the functions, for while they do not exist.

    Its own condition says the same; MiniStack's change sets see a resource that comes, but no condition that
    comes true.
    """
    kept = {
        name: value
        for name, value in as_object(template["Resources"]).items()
        if as_object(value).get("Condition") != PRESENT
    }
    return {**template, "Resources": kept}


def _functions(chalice: Mapping[str, Json]) -> dict[str, Object]:
    resources = {name: as_object(value) for name, value in as_object(chalice["Resources"]).items()}
    return {name: each for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"}


def _add(resources: Object, logical: str, function: Object) -> None:
    if logical in resources:
        raise PackagingFailed(f"The function {logical} has the name of a resource of the template.")
    resources[logical] = function


def _function(template: Object, name: str, function: Object, source: Source, stage: Stage) -> Object:
    properties = as_object(function["Properties"])
    variables = as_object(as_object(properties.get("Environment") or {}).get("Variables") or {})
    properties |= {
        "FunctionName": {"Fn::Sub": f"riffle-${{Stage}}-{name}"},
        "Role": environment.expression(template, f"{to_cfn_resource_name(name)}RoleArn"),
        "Environment": {"Variables": {**variables, **environment.expressions(template)}},
        "Architectures": [stage.architecture],
    }
    if name in LOOPING:
        properties["RecursiveLoop"] = "Allow"
    _locate(template, name, properties, source)
    if _snapshots(stage):
        properties |= _snapshot_properties(json.dumps([properties, stage.parameters, asdict(source)]))
    function["DependsOn"] = _log_groups(template, name)
    return function


def _locate(template: Object, name: str, properties: Object, source: Source) -> None:
    match source:
        case Archive(bucket, key, layers):
            properties["CodeUri"] = {"Bucket": bucket, "Key": key}
            properties["Layers"] = [
                environment.expression(template, LAYER_OUTPUTS[layer])
                for layer in LAYERS_OF[name]
                if layer in layers
            ]
        case Image(uri):
            command = properties.pop("Handler")
            for of_zips in ("CodeUri", "Runtime", "Layers"):
                properties.pop(of_zips, None)
            properties |= {"PackageType": "Image", "ImageUri": uri, "ImageConfig": {"Command": [command]}}


def _snapshots(stage: Stage) -> bool:
    return stage.parameters.get("SnapStart") == "on"


def _snapshot_properties(content: str) -> Object:
    """Snapshots are of published versions: the alias is what is invoked, and names the newest.

    SAM publishes a version when the code's location or this digest changes; without it, a changed parameter
    or layer would never reach the alias.
    """
    return {
        "AutoPublishAlias": ALIAS,
        "AutoPublishCodeSha256": hashlib.sha256(content.encode()).hexdigest(),
        "SnapStart": {"ApplyOn": "PublishedVersions"},
    }


def _log_groups(template: Object, name: str) -> list[Json]:
    """The function's own, which it would otherwise make at its first invocation, to be kept for ever."""
    return [
        logical
        for logical, resource in as_object(template["Resources"]).items()
        if as_object(resource)["Type"] == "AWS::Logs::LogGroup" and _names(resource, name)
    ]


def _join(resources: Object, name: str, logical: str, *, snapshots: bool) -> None:
    """What invokes the function by name waits for it: mappings and the schedule."""
    needed: list[Json] = [logical, f"{logical}Alias{ALIAS}"] if snapshots else [logical]
    for value in resources.values():
        resource = as_object(value)
        if resource.get("Condition") == PRESENT and _names(resource.get("Properties"), name):
            resource["DependsOn"] = [*_listed(resource.get("DependsOn")), *needed]


def _names(value: Json, function: str) -> bool:
    """Whether the name of the function stands in the value, whole."""
    text = json.dumps(value)
    return any(f"riffle-${{Stage}}-{function}{after}" in text for after in ('"', "${Qualifier}"))


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
