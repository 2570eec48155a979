"""A CloudFormation template whose intrinsic functions can be resolved, one property at a time.

Only properties that are asked for are resolved: roles and policies may refer to what is not there locally.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from appsync.packaging import package
from localcloud.appsync.errors import DefinitionError, Json

PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "local",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/local/local",
}
LISTS = re.compile(r"CommaDelimitedList|List<")
NOTHING = object()


class Template:
    """A template whose intrinsic functions can be resolved, one property at a time."""

    def __init__(self, document: Json, values: Mapping[str, str]) -> None:
        self._document = document
        parameters = {
            name: parameter
            for name, parameter in document.get("Parameters", {}).items()
            if isinstance(parameter, dict)
        }
        defaults = {name: each["Default"] for name, each in parameters.items() if "Default" in each}
        self._values: Mapping[str, Json] = {**PSEUDO, **defaults, **values}
        self._lists = {name for name, each in parameters.items() if LISTS.match(str(each.get("Type")))}

    def all(self, kind: str) -> list[tuple[str, Json]]:
        """Logical id and properties of every resource of a type whose condition holds."""
        return [
            (name, resource.get("Properties", {}))
            for name, resource in self._document["Resources"].items()
            if resource.get("Type") == kind and self._exists(resource)
        ]

    def of_api(self, kind: str, api: str) -> list[tuple[str, Json]]:
        """Those of a type that belong to one API, by its logical id: a template may hold two.

        What takes its API's id from elsewhere, as from a parameter, may belong to either.
        """
        return [each for each in self.all(kind) if owner(each[1].get("ApiId")) in (None, api)]

    def only(self, kind: str) -> tuple[str, Json]:
        """Its logical id and properties."""
        found = self.all(kind)
        if len(found) != 1:
            raise DefinitionError(f"the template has {len(found)} resources of type {kind}; one is needed")
        return found[0]

    def given(self, name: str, default: str) -> str:
        """A value the template was loaded with, where it may do without."""
        return str(self._values.get(name, default))

    def text(self, value: Json) -> str:
        resolved = self.resolve(value)
        if isinstance(resolved, str | int | float):
            return str(resolved)
        raise DefinitionError(f"{value} is not a text")

    def resolve(self, value: Json) -> Json:
        """The value with its functions worked out; `AWS::NoValue` is NOTHING, and left out of lists."""
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in FUNCTIONS:
                return FUNCTIONS[name](self, argument)
            if name.startswith("Fn::"):
                raise DefinitionError(f"the template uses {name}, which is not worked out here")
        resolved = {name: self.resolve(each) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not NOTHING}

    def ref(self, name: str) -> Json:
        if name == "AWS::NoValue":
            return NOTHING
        value = self._known(name, "refers to")
        return [each.strip() for each in str(value).split(",")] if name in self._lists else value

    def imported(self, argument: Json) -> Json:
        """What another stack exports is a value like any other, by the export's name."""
        return self._known(self.text(argument), "imports")

    def _known(self, name: str, verb: str) -> Json:
        if name not in self._values:
            raise DefinitionError(
                f"the template {verb} '{name}', which has no value; --value '{name}=…' gives one"
            )
        return self._values[name]

    def attribute(self, argument: Json) -> Json:
        """`Name.Attribute` of the values; a data source's `Name` is its own property.

        A function of a pipeline needs no id here: the template's own name for it does.
        """
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        properties = self._document["Resources"].get(name, {}).get("Properties", {})
        if attribute == "Name" and f"{name}.Name" not in self._values and "Name" in properties:
            return self.resolve(properties["Name"])
        if attribute == "FunctionId":
            return self._values.get(f"{name}.FunctionId", name)
        return self.ref(f"{name}.{attribute}")

    def substitute(self, argument: Json) -> str:
        text, names = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in names:
                return self.text(names[name])
            return str(self.attribute(name) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)

    def join(self, argument: Json) -> str:
        separator, parts = argument
        return str(separator).join(self.text(part) for part in self.resolve(parts))

    def choose(self, argument: Json) -> Json:
        name, yes, no = argument
        return self.resolve(yes if self.holds({"Condition": name}) else no)

    def select(self, argument: Json) -> Json:
        index, values = argument
        return self.resolve(values)[int(index)]

    def split(self, argument: Json) -> Json:
        separator, value = argument
        return self.text(value).split(str(separator))

    def find(self, argument: Json) -> Json:
        """`Fn::FindInMap`; what is not in the map may have a default."""
        names, found = [self.text(each) for each in argument[:3]], self._document.get("Mappings", {})
        for name in names:
            if name not in found:
                if len(argument) > len(names):
                    return self.resolve(argument[3]["DefaultValue"])
                raise DefinitionError(f"the template's Mappings have no {'.'.join(names)}")
            found = found[name]
        return self.resolve(found)

    def holds(self, condition: Json) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                conditions = self._document.get("Conditions", {})
                if argument not in conditions:
                    raise DefinitionError(f"the template has no condition '{argument}'")
                return self.holds(conditions[argument])
            case "Fn::Equals":
                return self.text(argument[0]) == self.text(argument[1])
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(self.holds(each) for each in argument)
            case "Fn::Or":
                return any(self.holds(each) for each in argument)
        raise DefinitionError(f"{name} is not a condition")

    def _exists(self, resource: Json) -> bool:
        return "Condition" not in resource or self.holds({"Condition": resource["Condition"]})


def owner(api_id: Json) -> str | None:
    """The logical id that an attribute is taken from; None for an id from elsewhere."""
    given = api_id.get("Fn::GetAtt") if isinstance(api_id, dict) else None
    return str(given[0] if isinstance(given, list) else given.split(".")[0]) if given else None


FUNCTIONS = {
    "Ref": Template.ref,
    "Fn::GetAtt": Template.attribute,
    "Fn::Sub": Template.substitute,
    "Fn::Join": Template.join,
    "Fn::If": Template.choose,
    "Fn::Select": Template.select,
    "Fn::Split": Template.split,
    "Fn::FindInMap": Template.find,
    "Fn::ImportValue": Template.imported,
}


def load(path: Path, values: Mapping[str, str]) -> Template:
    """The template at `path` with the files it names inside it. Raises DefinitionError when one is missing.

    `values` holds parameters by name, physical ids by logical id, and attributes as `LogicalId.Attribute`.
    """
    try:
        return Template(package(path), values)
    except OSError as error:
        raise DefinitionError(f"{error.filename} cannot be read: {error.strerror}") from error
