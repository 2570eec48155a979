"""Tokens for the audits of an endpoint on this machine that takes what this machine signs."""

from collections.abc import Sequence
from pathlib import Path

from localcloud.appsync.guard import is_local
from localcloud.appsync.issuers import Issuer, NoIssuer, Person, served_at
from localcloud.appsync.signer import Signer, new_key, signer_of
from localcloud.audits.target import origin


def local_tokens(url: str, folder: Path) -> dict[str, str]:
    """By the names of Callers; none for an endpoint elsewhere, or one that takes none."""
    try:
        issuers = served_at(origin(url)) if is_local(url) else []
    except NoIssuer:
        return {}
    return sign_all(issuers, signer_of(folder)) if issuers else {}


def sign_all(issuers: Sequence[Issuer], signer: Signer) -> dict[str, str]:
    """A user, an editor, somebody whose token has expired, one of another pool, and a provider's user."""
    pool = next((each for each in issuers if each.is_pool), None)
    provider = next((each for each in issuers if not each.is_pool), None)
    stranger = Signer(new_key(), signer.name)
    tokens = {"oidc": signer.sign(Person("ada").claims_for(provider))} if provider else {}
    if pool:
        ada = Person("ada")
        tokens["token"] = signer.sign(ada.claims_for(pool))
        tokens["editor"] = signer.sign(Person("bea", ("editors",)).claims_for(pool))
        tokens["expired"] = signer.sign(Person("ada", seconds=-3600).claims_for(pool))
        tokens["foreign"] = stranger.sign(ada.claims_for(pool))
    return tokens
