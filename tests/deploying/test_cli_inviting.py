"""`riffle invite` against a stage in MiniStack, as whoever deploys it runs the command."""

import boto3
import pytest
from botocore.exceptions import ClientError

from appsync.deploying import inviting, stacks
from tests.deploying.commands import Inside, account
from tests.deploying.conftest import World

PASSWORD = "long-enough-1"


@pytest.fixture
def closed(world: World) -> World:
    """A stage whose accounts are by invitation."""
    world.parameters["SignUp"] = "invited"
    world.deploy()
    return world


def environment(world: World, address: str) -> dict[str, str]:
    return account(world.out.parent, address)


def first_sign_in(aws: boto3.Session, outputs: dict[str, str], address: str, password: str) -> str:
    """What Cognito asks of somebody who signs in with what the invitation said."""
    client = aws.client("cognito-idp")
    asked = client.initiate_auth(
        ClientId=outputs["UserPoolClientId"], AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": address, "PASSWORD": password},
    )  # fmt: skip
    return asked["ChallengeName"]


def test_invited_person_sets_a_password_at_the_first_sign_in(
    aws: boto3.Session, closed: World, ministack: str, inside: Inside
) -> None:
    ran = inside(environment(closed, ministack), "invite", "ana@example.com", "--stage", closed.name)
    assert (ran.status, ran.out) == (0, "ana@example.com\tinvited\n")
    outputs = stacks.outputs(aws, closed.stack)
    client = aws.client("cognito-idp")
    found = client.admin_get_user(UserPoolId=outputs["UserPoolId"], Username="ana@example.com")
    attributes = {each["Name"]: each.get("Value") for each in found["UserAttributes"]}
    assert (found["UserStatus"], attributes["email_verified"]) == ("FORCE_CHANGE_PASSWORD", "true")
    given = {"UserPoolId": outputs["UserPoolId"], "Username": "ana@example.com", "Password": PASSWORD}
    client.admin_set_user_password(**given, Permanent=False)
    assert first_sign_in(aws, outputs, "ana@example.com", PASSWORD) == "NEW_PASSWORD_REQUIRED"


def test_who_has_not_come_is_invited_again_and_who_has_is_not(aws: boto3.Session, closed: World) -> None:
    client, pool = aws.client("cognito-idp"), inviting.pool(aws, closed.name)
    assert inviting.invite(client, pool, "ana@example.com") == "invited"
    assert inviting.invite(client, pool, "ana@example.com") == "invited again"
    client.admin_set_user_password(
        UserPoolId=pool, Username="ana@example.com", Password=PASSWORD, Permanent=True
    )
    with pytest.raises(inviting.HasAccount, match=r"ana@example\.com has an account already"):
        inviting.invite(client, pool, "ana@example.com")


def test_nobody_is_invited_when_one_of_them_is_no_address(
    aws: boto3.Session, closed: World, ministack: str, inside: Inside
) -> None:
    addresses = ("bo@example.com", "not-an-address")
    ran = inside(environment(closed, ministack), "invite", *addresses, "--stage", closed.name)
    assert (ran.status, ran.err) == (2, "'not-an-address' is no e-mail address\n")
    client = aws.client("cognito-idp")
    with pytest.raises(ClientError, match="UserNotFoundException"):
        client.admin_get_user(UserPoolId=inviting.pool(aws, closed.name), Username="bo@example.com")


def test_stage_that_is_not_there_is_named(ministack: str, world: World, inside: Inside) -> None:
    ran = inside(environment(world, ministack), "invite", "ana@example.com", "--stage", world.name)
    assert ran.status == 1
    assert ran.err.startswith(f"There is no stack {world.stack} in us-east-1; `riffle deploy")
