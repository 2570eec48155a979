"""The part of the template that has the roles, written from the table of grants."""

from collections.abc import Iterable, Iterator
from textwrap import indent

from appsync.permissions.grants import Grant
from appsync.permissions.roles import Role

BEGIN = "  # ---- Roles: written by `make fix`, from appsync/permissions/grants.py."
END = "  # ---- End of the roles."
VERSION = '"2012-10-17"'


def region(roles: Iterable[Role]) -> str:
    """The resources of all roles, in YAML, indented as resources are."""
    return "\n\n".join(indent(text, "  ") for role in roles for text in resources_of(role))


def updated(template: str, roles: Iterable[Role]) -> str:
    """The template with the roles as they should be. Raises ValueError when its markers are missing."""
    before, begin, rest = template.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the template has no markers for the roles")
    return f"{before}{BEGIN}\n{region(roles)}\n\n{END}{after}"


def resources_of(role: Role) -> Iterator[str]:
    """The role; and its policy, inside it or as a resource of its own."""
    if role.apart:
        yield "\n".join(taken(role))
        yield "\n".join(policy_apart(role))
    else:
        inline = "\n".join(["Policies:", "  - PolicyName: access", *deeper(document(role), 4)])
        yield "\n".join([*taken(role), indent(inline, "    ")])


def taken(role: Role) -> Iterator[str]:
    """The role itself, and who may take it."""
    yield f"{role.logical_id}:"
    yield "  Type: AWS::IAM::Role"
    yield "  Properties:"
    yield f"    RoleName: !Sub riffle-${{Stage}}-{role.name}-${{AWS::Region}}"  # IAM has no regions
    yield '    Tags: [{ Key: "riffle:stage", Value: !Ref Stage }]'
    yield "    AssumeRolePolicyDocument:"
    yield f"      Version: {VERSION}"
    yield "      Statement:"
    if role.note:
        yield f"        # {role.note}"
    yield "        - Effect: Allow"
    yield f"          Principal: {{ Service: {role.service}.amazonaws.com }}"
    yield "          Action: sts:AssumeRole"
    if role.condition:
        yield f"          Condition: {{ {role.condition} }}"


def policy_apart(role: Role) -> Iterator[str]:
    yield f"{role.logical_id.removesuffix('Role')}Policy:"
    yield "  Type: AWS::IAM::Policy"
    yield "  Properties:"
    yield f"    Roles: [!Ref {role.logical_id}]"
    yield "    PolicyName: access"
    yield from deeper(document(role), 4)


def document(role: Role) -> Iterator[str]:
    yield "PolicyDocument:"
    yield f"  Version: {VERSION}"
    yield "  Statement:"
    for grant in role.grants:
        yield from deeper(statement(grant), 4)


def statement(grant: Grant) -> Iterator[str]:
    """One statement, with whatever it has that needs explaining above it."""
    for remark in remarks(grant):
        yield f"# {remark}"
    yield "- Effect: Allow"
    yield f"  Action: {one_or_list(grant.actions)}"
    if len(grant.resources) == 1:
        yield f"  Resource: {grant.resources[0].yaml}"
    else:
        yield "  Resource:"
        yield from (f"    - {each.yaml}" for each in grant.resources)
    if grant.condition:
        yield f"  Condition: {grant.condition}"


def remarks(grant: Grant) -> Iterator[str]:
    """What there is to know of it, and for each wildcard what forces it."""
    yield from (text[0].upper() + text[1:] for text in (grant.note, grant.unseen) if text)
    forced = dict.fromkeys(each.forced for each in grant.resources if each.forced)
    if forced:
        yield f"Wildcard: {', '.join(forced)}"


def one_or_list(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def deeper(lines: Iterable[str], spaces: int) -> Iterator[str]:
    return (" " * spaces + line for line in lines)
