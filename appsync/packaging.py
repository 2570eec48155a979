"""Turns the template into one that stands alone: the schema and the resolvers' code inside it.

What `aws cloudformation package` would upload to S3 is inlined instead, since all of it is small.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # a PyYAML that was built without libyaml reads the same, ten times as slowly
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

TEMPLATE = Path(__file__).parent / "template.yaml"
DEFINITION, CODE = "DefinitionS3Location", "CodeS3Location"
CODE_PROPERTY = {"AWS::AppSync::ChannelNamespace": "CodeHandlers"}  # `Code` of everything else
IMPORTED = re.compile(r"^import \{[^}]*\} from '(\./[^']+)';\n", re.MULTILINE)
BARE = frozenset({"Ref", "Condition"})

type Json = str | int | float | bool | list[Json] | dict[str, Json] | None
type Object = dict[str, Json]


class _TemplateLoader(Loader):
    """YAML with CloudFormation's tags: `!Ref x` is `{"Ref": "x"}` and `!Sub x` is `{"Fn::Sub": "x"}`.

    cfn-lint's decoder reads the same, but takes two seconds to import, at every start of the local cloud.
    """

    def intrinsic(self, suffix: str, node: yaml.Node) -> dict[str, object]:
        return {suffix if suffix in BARE else f"Fn::{suffix}": self._argument(suffix, node)}

    def _argument(self, suffix: str, node: yaml.Node) -> object:
        match node:
            case yaml.SequenceNode():
                return self.construct_sequence(node, deep=True)
            case yaml.MappingNode():
                return self.construct_mapping(node, deep=True)
            case yaml.ScalarNode():
                text = str(self.construct_scalar(node))
                return text.split(".", 1) if suffix == "GetAtt" else text
        raise TypeError(f"!{suffix} has an argument of no known kind")


_TemplateLoader.add_multi_constructor("!", _TemplateLoader.intrinsic)


def package(path: Path = TEMPLATE) -> dict[str, Json]:
    """The template at `path` with every local file it names inlined; JSON-ready.

    Raises FileNotFoundError naming the file that is missing.
    """
    return inline(read(path), path.parent)


def read(path: Path) -> dict[str, Json]:
    """The template as it is written, YAML or JSON. Raises OSError, or yaml.YAMLError for neither."""
    template: dict[str, Json] = yaml.load(path.read_text(), _TemplateLoader)  # noqa: S506  (a SafeLoader)
    return template


def inline(template: dict[str, Json], folder: Path) -> dict[str, Json]:
    """The template, changed: what it names as files in `folder` becomes part of it."""
    for kind, properties in _resources(template):
        if isinstance(name := properties.pop(DEFINITION, None), str):
            properties["Definition"] = (folder / name).read_text()
        if isinstance(name := properties.pop(CODE, None), str):
            properties[CODE_PROPERTY.get(kind, "Code")] = bundled(folder / name)
    return template


def bundled(path: Path) -> str:
    """Code that stands alone: APPSYNC_JS imports no files, so what is imported takes the import's place.

    What is imported so imports nothing itself.
    """

    def content(match: re.Match[str]) -> str:
        return re.sub(r"^export ", "", (path.parent / match[1]).read_text(), flags=re.MULTILINE)

    return IMPORTED.sub(content, path.read_text())


def as_object(value: Json) -> Object:
    """For what a template always has as an object. Raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no part of a template")
    return value


def body(template: dict[str, Json]) -> str:
    """The template as text, without any space that does not count.

    It exceeds the 51,200 bytes of `TemplateBody`: put it in a bucket and pass its address as `TemplateURL`,
    spelled `https://s3.<region>.amazonaws.com/<bucket>/<key>` (MiniStack knows no other form).
    """
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)


def _resources(template: dict[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """Types and properties."""
    match template:
        case {"Resources": dict(resources)}:
            for resource in resources.values():
                match resource:
                    case {"Type": str(kind), "Properties": dict(properties)}:
                        yield kind, properties


if __name__ == "__main__":
    sys.stdout.write(body(package()) + "\n")
