"""Writes schema.graphql from the Strawberry types, the way AppSync takes it.

`python -m chalicelib.api.export` prints it, `--write` replaces the file and `--check` fails when it differs.
The last two name the breaking changes against the file that is there.
"""

import argparse
import sys
from pathlib import Path

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    GraphQLSchema,
    InputValueDefinitionNode,
    NullValueNode,
    ScalarTypeDefinitionNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    visit,
)
from graphql.utilities import find_breaking_changes

from chalicelib.api.appsync import SCALARS
from chalicelib.api.schema import schema

FILE = Path(__file__).parents[3] / "schema.graphql"
HEADER = "# Exported from chalice_app/chalicelib/api by `python -m chalicelib.api.export --write`.\n"
ROOTS = "schema {\n  query: Query\n  mutation: Mutation\n  subscription: Subscription\n}\n"


class _NullDefaults(Visitor):
    """Takes `= null` away: an absent argument is not a null one, and such a default would make it one."""

    def enter_input_value_definition(
        self, node: InputValueDefinitionNode, *_: object
    ) -> InputValueDefinitionNode | None:
        if not isinstance(node.default_value, NullValueNode):
            return None
        return InputValueDefinitionNode(
            name=node.name, type=node.type, description=node.description, directives=node.directives
        )


def exported() -> str:
    """The schema as SDL, without definitions of what AppSync brings itself."""
    document = visit(parse(schema.as_str()), _NullDefaults())
    kept = tuple(node for node in document.definitions if not _built_in(node))
    return f"{HEADER}{ROOTS}\n{print_ast(DocumentNode(definitions=kept))}\n"


def readable(sdl: str) -> GraphQLSchema:
    """An AppSync schema as graphql-core reads it: with the scalars, and with any directive."""
    scalars = "".join(f"scalar {scalar.name}\n" for scalar in SCALARS.values())
    return build_schema(scalars + sdl, assume_valid_sdl=True)


def breaking(old: str, new: str) -> list[str]:
    """What a client of `old` may trip over in `new`."""
    return [change.description for change in find_breaking_changes(readable(old), readable(new))]


def main(arguments: list[str] | None = None, file: Path = FILE) -> int:
    """The exit status: 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="chalicelib.api.export", description="Exports the GraphQL schema.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="fail when the file differs from the types")
    action.add_argument("--write", action="store_true", help="replace the file")
    chosen = parser.parse_args(arguments)
    if not (chosen.check or chosen.write):
        sys.stdout.write(exported())
        return 0
    return _compare(file, write=chosen.write)


def _compare(file: Path, *, write: bool) -> int:
    old, new = file.read_text(), exported()
    if old == new:
        return 0
    for description in breaking(old, new):
        sys.stderr.write(f"breaking change: {description}\n")
    if write:
        file.write_text(new)
        return 0
    sys.stderr.write(f"{file.name} differs from the types; export it with --write\n")
    return 1


def _built_in(node: DefinitionNode) -> bool:
    return isinstance(node, ScalarTypeDefinitionNode | DirectiveDefinitionNode)


if __name__ == "__main__":
    sys.exit(main())
