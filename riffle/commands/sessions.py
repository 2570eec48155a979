"""`riffle login`, `logout` and `about`."""

import asyncio
import mimetypes
import os
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from riffle.accounts import Accounts, Challenge, Challenged, Tokens
from riffle.commands.console import say, write_json, write_table
from riffle.commands.options import JsonOption, UrlOption, deployment_url, run
from riffle.deployment import Deployment
from riffle.errors import Conflict, InvalidInput, NotConfirmed
from riffle.sessions import Session, Sessions
from riffle.uploads import TYPES, readable


def login(
    url: UrlOption = None,
    username: Annotated[
        str | None, typer.Option(envvar="RIFFLE_USERNAME", help="Your name, usually an e-mail address.")
    ] = None,
    sign_up: Annotated[bool, typer.Option("--sign-up", help="Create the account first.")] = False,
    code: Annotated[
        str | None, typer.Option(help="The confirmation code, or an authenticator app's, if one is needed.")
    ] = None,
) -> None:
    """Sign in and remember the session.

    The password is asked for, or taken from RIFFLE_PASSWORD. It is not stored; the session is, in a file that
    only you can read. Where the account was made for you, a password of your own is asked for as well, or
    taken from RIFFLE_NEW_PASSWORD.
    """
    address = deployment_url(url)
    name = username or _asked("Username", "--username")
    password = os.environ.get("RIFFLE_PASSWORD") or _asked("Password", "RIFFLE_PASSWORD", hidden=True)
    asyncio.run(_login(address, name, password, sign_up=sign_up, code=code))
    say(f"Signed in to {address} as {name}.")


async def _login(url: str, name: str, password: str, *, sign_up: bool, code: str | None) -> None:
    deployment = await Deployment.discover(url)
    accounts = Accounts(deployment)
    if sign_up:
        await _sign_up(accounts, name, password)
    try:
        tokens = await _tokens(accounts, name, password, code)
    except NotConfirmed:
        await accounts.confirm(name, code or _ask_for_code(deployment))
        tokens = await _tokens(accounts, name, password, None)
    Sessions().save(Session(url, name, tokens))


async def _tokens(accounts: Accounts, name: str, password: str, code: str | None) -> Tokens:
    """Answers whatever is asked after the password; each answer may lead to another question."""
    step = accounts.sign_in(name, password)
    while True:
        try:
            return await step
        except Challenged as asked:
            step = _answered(accounts, asked.challenge, code)


async def _answered(accounts: Accounts, challenge: Challenge, code: str | None) -> Tokens:
    if challenge.name == "NEW_PASSWORD_REQUIRED":
        new = os.environ.get("RIFFLE_NEW_PASSWORD") or _asked(
            "New password", "RIFFLE_NEW_PASSWORD", hidden=True
        )
        return await accounts.answer(challenge, new)
    if challenge.name == "MFA_SETUP":
        _terminal("An authenticator app has to be set up")
        key, challenge = await accounts.authenticator(challenge)
        say(f"Add this key to an authenticator app: {key}")
        return await accounts.answer(challenge, _asked("Code of the app", "--code"))
    return await accounts.answer(challenge, code or _asked("Code of the app", "--code"))


async def _sign_up(accounts: Accounts, name: str, password: str) -> None:
    try:
        await accounts.sign_up(name, password)
    except Conflict as error:
        raise Conflict(f"{name} has an account here; sign in to it without --sign-up") from error


def _ask_for_code(deployment: Deployment) -> str:
    for notice in deployment.notices:
        say(notice)
    return _asked("Confirmation code", "--code")


def _terminal(what: str) -> None:
    """Raises InvalidInput where nobody could do it."""
    if not sys.stdin.isatty():
        raise InvalidInput(f"{what}: run this in a terminal once, or sign in on the web page")


def _asked(what: str, otherwise: str, *, hidden: bool = False) -> str:
    """Asks the person. Raises InvalidInput where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise InvalidInput(f"{what} is missing: give {otherwise}, or run this in a terminal")
    return str(typer.prompt(what, hide_input=hidden, err=True))


def logout(url: UrlOption = None) -> None:
    """Forget the session of a deployment."""
    address = deployment_url(url)
    known = Sessions().remove(address)
    say(f"Signed out of {address}." if known else f"Nobody was signed in at {address}.")


def about(url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Show which models answer here, and the limits."""
    found = run(url, lambda client: client.about())
    if as_json:
        write_json(found)
        return
    limits = f"{readable(found.max_upload_bytes)} a file, {found.max_question_chars:,} characters a question"
    rows = [("Answers by", found.chat_model), ("Embeddings by", found.embedding_model), ("Limits", limits)]
    write_table(["", ""], [*rows, ("Reads", _extensions(found.content_types))])


def _extensions(content_types: Iterable[str]) -> str:
    """Types as people know them: `pdf` for `application/pdf`."""
    names = {of: ending for ending, of in TYPES.items()}
    known = (names.get(name) or mimetypes.guess_extension(name) or name for name in content_types)
    return ", ".join(ending.removeprefix(".") for ending in known)
