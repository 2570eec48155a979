"""Files that a template names by where they are uploaded: CDK leaves them beside it, as `asset.<key>`."""

from pathlib import Path

from appsync.packaging import CODE, DEFINITION
from localcloud.appsync.errors import DefinitionError, Json


def localise(document: Json, folder: Path) -> None:
    """Names files in `folder` instead. Raises DefinitionError for one that is not there."""
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        for key in {DEFINITION, CODE} & set(properties):
            properties[key] = beside(folder, properties[key])


def beside(folder: Path, location: Json) -> str:
    address = address_in(location)
    if isinstance(location, str) and not address.startswith("s3://"):
        return location
    name = address.rpartition("/")[2]
    for candidate in (f"asset.{name}", name):
        if name and (folder / candidate).is_file():
            return candidate
    raise DefinitionError(f"{address} is a file in S3; put it beside the template as {name}")


def address_in(location: Json) -> str:
    """`s3://bucket/key` as it is, in `Fn::Sub`, or its end in `Fn::Join`."""
    match location:
        case str(address) | {"Fn::Sub": str(address) | [str(address), *_]}:
            return address
        case {"Fn::Join": [_, [*_, str(address)]]}:
            return address
    raise DefinitionError(f"{location} does not say which file it is")
