"""A stage that people use, whose parameters change: their accounts and rows stay where they are."""

from collections.abc import Mapping

import pytest

from appsync.deploying import stacks
from riffle.commands import plans
from tests.appsync.variants import CERTIFICATE, INVITED, PAGE
from tests.deploying.conftest import World

PERSON = ("ana@example.com", "long-enough-1")
DOMAIN = {"PageDomain": "riffle.example.com", "PageCertificateArn": CERTIFICATE}
KEEPERS = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
)


def signed_in(world: World) -> bool:
    """Whether the person gets in by what they have used before."""
    outputs = stacks.outputs(world.session, world.stack)
    answer = world.session.client("cognito-idp").initiate_auth(
        ClientId=outputs["UserPoolClientId"], AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters=dict(zip(("USERNAME", "PASSWORD"), PERSON, strict=True)),
    )  # fmt: skip
    return "AuthenticationResult" in answer


@pytest.fixture
def used(world: World) -> World:
    world.deploy()
    outputs = stacks.outputs(world.session, world.stack)
    client = world.session.client("cognito-idp")
    client.sign_up(ClientId=outputs["UserPoolClientId"], Username=PERSON[0], Password=PERSON[1])
    client.admin_confirm_sign_up(UserPoolId=outputs["UserPoolId"], Username=PERSON[0])
    return world


def keepers(world: World) -> dict[str, str]:
    return {
        name: id_
        for kind in KEEPERS
        for name, id_ in stacks.resources(world.session, world.stack, kind).items()
    }


@pytest.mark.parametrize(
    ("chosen", "changed"),
    [(INVITED, "UserPool"), ({**PAGE, **DOMAIN}, "Bucket")],
    ids=["who may have an account", "a page at a domain"],
)
def test_nothing_that_people_stored_is_replaced(used: World, chosen: Mapping[str, str], changed: str) -> None:
    before = keepers(used)
    used.parameters |= chosen
    proposal = used.plan()
    assert changed in {each.resource for each in proposal.changes if each.action == "Modify"}
    assert [each for each in proposal.changes if each.replacement == "yes"] == []
    told = list(plans.warnings(proposal.changes))
    assert [each for each in told if "CorsConfiguration" not in each] == []  # MiniStack is not sure of these
    used.deploy()
    assert before.items() <= keepers(used).items()
    assert signed_in(used)


def test_what_was_chosen_is_taken_back_by_leaving_it_out(used: World) -> None:
    used.parameters |= INVITED
    used.deploy()
    for name in INVITED:
        del used.parameters[name]
    used.deploy()
    outputs = stacks.outputs(used.session, used.stack)
    client = used.session.client("cognito-idp")
    pool = client.describe_user_pool(UserPoolId=outputs["UserPoolId"])["UserPool"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert pool["EmailConfiguration"]["EmailSendingAccount"] == "COGNITO_DEFAULT"
    assert (pool["MfaConfiguration"], outputs["SignUpRule"]) == ("OFF", "open")
    assert signed_in(used)
