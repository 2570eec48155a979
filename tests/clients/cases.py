"""Which clients, in which modes, at which form of the endpoint's address."""

from dataclasses import dataclass
from itertools import product

AMPLIFY, CHROMIUM, GQL = "amplify", "amplify-in-chromium", "gql"
APOLLO_4, APOLLO_3, OLDER_APOLLO_3 = "apollo-4", "apollo-3.1.5", "apollo-3.1.3"


@dataclass(frozen=True)
class Case:
    """`scheme` as the app writes it: `HTTP` in upper case is what keeps Amplify from asking for TLS."""

    client: str
    mode: str
    scheme: str

    def __str__(self) -> str:
        return f"{self.client}-{self.mode}-{self.scheme}"

    @property
    def reconnects(self) -> bool:
        """Whether subscriptions outlive a socket without the app's doing."""
        return not self.client.startswith("apollo")


def cases(client: str, modes: str, *schemes: str) -> list[Case]:
    return [Case(client, mode, scheme) for scheme, mode in product(schemes, modes.split())]


GRAPHQL = [
    *cases(AMPLIFY, "apiKey userPool oidc iam identityPool lambda none", "https"),
    *cases(AMPLIFY, "apiKey iam", "http", "HTTP"),
    *cases(CHROMIUM, "apiKey userPool oidc iam identityPool lambda none", "https"),
    *cases(CHROMIUM, "apiKey iam", "http", "HTTP"),
    *cases(APOLLO_4, "apiKey userPool oidc iam lambda", "http"),
    *cases(APOLLO_4, "apiKey iam", "https"),
    *cases(APOLLO_3, "apiKey userPool oidc iam lambda", "http"),
    *cases(OLDER_APOLLO_3, "apiKey userPool oidc iam lambda", "http"),
    *cases(GQL, "apiKey userPool iam", "http", "https"),
]
EVENTS = [
    *cases(AMPLIFY, "apiKey userPool iam lambda", "https"),
    *cases(AMPLIFY, "apiKey iam", "http", "HTTP"),
    *cases(CHROMIUM, "apiKey userPool iam lambda", "https"),
    *cases(CHROMIUM, "apiKey iam", "http", "HTTP"),
]
