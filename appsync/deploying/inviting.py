"""Makes accounts for people by their e-mail addresses; Cognito sends each a password for one week."""

import re
from typing import TYPE_CHECKING, Literal

import boto3

from appsync.deploying import stacks
from appsync.deploying.errors import DeployError, explained
from appsync.deploying.status import NotDeployed

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

type Done = Literal["invited", "invited again"]

ADDRESS = re.compile(r"[^@\s,;<>]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
INVITED = "FORCE_CHANGE_PASSWORD"
"""Cognito's word for who has not come yet."""


class NoAddress(DeployError):
    """Raised for what cannot be an e-mail address."""

    status = 2


class HasAccount(DeployError):
    """Raised when somebody has set a password of their own already, and needs no invitation."""


def check(addresses: list[str]) -> None:
    """Raises NoAddress for the first that is none, before anybody is invited."""
    for address in addresses:
        if not ADDRESS.fullmatch(address):
            raise NoAddress(f"{address!r} is no e-mail address")


def pool(session: boto3.Session, stage: str) -> str:
    """The stage's user pool, by its id. Raises NotDeployed."""
    found = stacks.outputs(session, f"riffle-{stage}").get("UserPoolId")
    if found is None:
        where = session.region_name
        raise NotDeployed(
            f"There is no stack riffle-{stage} in {where}; `riffle deploy --stage {stage}` makes it"
        )
    return found


def invite(client: "CognitoIdentityProviderClient", pool: str, address: str) -> Done:
    """An account for the address; who has not come yet is sent another password. Raises HasAccount."""
    with explained("cognito-idp"):
        try:
            client.admin_create_user(
                UserPoolId=pool,
                Username=address,
                UserAttributes=[
                    {"Name": "email", "Value": address},
                    {"Name": "email_verified", "Value": "true"},  # or a lost password could never be replaced
                ],
                DesiredDeliveryMediums=["EMAIL"],
            )
        except client.exceptions.UsernameExistsException:
            _again(client, pool, address)
            return "invited again"
    return "invited"


def _again(client: "CognitoIdentityProviderClient", pool: str, address: str) -> None:
    if client.admin_get_user(UserPoolId=pool, Username=address)["UserStatus"] != INVITED:
        raise HasAccount(f"{address} has an account already, and signs in to it")
    client.admin_create_user(
        UserPoolId=pool, Username=address, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"]
    )
