"""The way in for somebody who was invited, and for whoever was not."""

import base64
import hmac
import json
import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.flows.cloud import PASSWORD, Cloud

pytestmark = pytest.mark.browser

INVITED, FROM_THE_INVITATION = "invited@example.com", "from-the-invitation-1"


def invite(cloud: Cloud) -> None:
    pool = cloud.config["userPoolId"]
    client = cloud.aws("cognito-idp")
    client.admin_create_user(
        UserPoolId=pool, Username=INVITED, TemporaryPassword=FROM_THE_INVITATION, MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": INVITED}, {"Name": "email_verified", "Value": "true"}],
    )  # fmt: skip
    client.close()


def test_invited_person_sets_a_password_and_is_in(page: Page, cloud: Cloud) -> None:
    invite(cloud)
    page.get_by_label("Email").fill(INVITED)
    page.get_by_label("Password").fill(FROM_THE_INVITATION)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("set one of your own")).to_be_visible()
    expect(page.get_by_text("At least 10 characters")).to_be_visible()
    expect(page.get_by_label("New password")).to_have_value("")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    assert cloud.token(INVITED)


def code_of(secret: str) -> str:
    """What an authenticator app shows now: https://www.rfc-editor.org/rfc/rfc6238"""
    counter = int(time.time() // 30).to_bytes(8)
    digest = hmac.digest(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter, "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def set_up(cloud: Cloud, email: str) -> str:
    """The secret of an app that the person's account asks for from now on."""
    pool, client = cloud.config["userPoolId"], cloud.aws("cognito-idp")
    client.set_user_pool_mfa_config(
        UserPoolId=pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="OPTIONAL"
    )
    token = cloud.token(email)
    secret: str = client.associate_software_token(AccessToken=token)["SecretCode"]
    client.verify_software_token(AccessToken=token, UserCode=code_of(secret))
    client.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    client.close()
    return secret


def test_code_of_an_app_is_asked_for_where_one_is_set_up(page: Page, cloud: Cloud) -> None:
    cloud.user("two-factors")
    secret = set_up(cloud, "two-factors@example.com")
    page.get_by_label("Email").fill("two-factors@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code of the app").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The code is not right.")).to_be_visible()
    page.get_by_label("Code of the app").fill(code_of(secret))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()


def test_stage_by_invitation_offers_no_account(page: Page) -> None:
    def by_invitation(route: Route) -> None:
        told = {**route.fetch().json(), "signUp": "invited", "passwordLength": 14}
        route.fulfill(content_type="application/json", body=json.dumps(told))

    page.route("**/riffle.json", by_invitation)
    page.reload()
    expect(page.get_by_text(re.compile("Accounts are by invitation here"))).to_be_visible()
    expect(page.get_by_role("button", name="I am new here")).to_have_count(0)
    expect(page.get_by_role("button", name="Forgotten password")).to_be_visible()
