"""Publishes answers' and documents' events as AppSync mutations, signed with the function's own role.

The query texts are constants and everything that varies is a variable. They select every field of the type,
since subscribers receive only what the publishing mutation selected.
"""

import json
from typing import TYPE_CHECKING

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from chalicelib.errors import InvalidInput, RiffleError, Throttled, Unauthorized, Unavailable
from chalicelib.records import AnswerEvent, Document
from chalicelib.wire import Json, to_wire

if TYPE_CHECKING:
    from botocore.credentials import Credentials

PROBLEM = "error { type message retryable }"
PASSAGE = """id documentId documentName version text page start end score headings language
      ranking { vectorScore vectorRank textScore textRank fusedScore fusedRank rerankScore }"""
ANSWER_EVENT = f"""mutation PublishAnswerEvent($input: AnswerEventInput!) {{
  publishAnswerEvent(input: $input) {{
    answerId owner seq attempt status offset text queries
    citations {{ marker quote passage {{ {PASSAGE} }} }}
    usage {{ inputTokens outputTokens costUsd model cached retrievalMs firstTokenMs totalMs }}
    {PROBLEM}
  }}
}}"""
DOCUMENT_EVENT = f"""mutation PublishDocumentEvent($input: DocumentEventInput!) {{
  publishDocumentEvent(input: $input) {{
    id owner collection name contentType bytes status version pages passages progress createdAt updatedAt
    title language sha256 attachments source passagesDone secondsLeft searchableVersion
    {PROBLEM}
  }}
}}"""

# A publish may safely be sent twice: subscribers drop a repeated `(attempt, offset)` or document state.
RETRY = urllib3.Retry(
    total=4,
    allowed_methods={"POST"},
    status_forcelist={429, 500, 502, 503, 504},
    backoff_factor=0.1,
    backoff_max=2,
    backoff_jitter=0.2,
    raise_on_status=False,
    redirect=False,
)
TIMEOUT = urllib3.Timeout(connect=2, read=10)
DENIED = frozenset({"Unauthorized", "UnauthorizedException", "AccessDeniedException"})
THROTTLING = frozenset({"ThrottlingException", "TooManyRequestsException", "LimitExceededException"})


class EventPublisher:
    """One API, over connections that are kept alive between publishes; threads may share it."""

    def __init__(
        self, graphql_url: str, credentials: "Credentials", region: str, retry: urllib3.Retry = RETRY
    ) -> None:
        self._url = graphql_url
        self._credentials = credentials
        self._region = region
        self._http = urllib3.PoolManager(maxsize=8, retries=retry, timeout=TIMEOUT)

    def answer_event(self, event: AnswerEvent) -> None:
        """Publishes one step of an answer. Raises Throttled, Unavailable, Unauthorized or InvalidInput."""
        self._publish(ANSWER_EVENT, to_wire(event))

    def document_event(self, document: Document) -> None:
        """Publishes a document's present state. Raises as `answer_event` does."""
        self._publish(DOCUMENT_EVENT, to_wire(document))

    def close(self) -> None:
        """Closes the connection; the next publish would open another."""
        self._http.clear()

    def _publish(self, query: str, event: Json) -> None:
        body = json.dumps({"query": query, "variables": {"input": event}}).encode()
        try:
            answer = self._http.request("POST", self._url, body=body, headers=self._signed(body))
        except urllib3.exceptions.HTTPError as failure:
            raise Unavailable("the events endpoint could not be reached") from failure
        if failed := failure_of(answer.status, answer.data):
            raise failed

    def _signed(self, body: bytes) -> dict[str, str]:
        """Headers for this body; frozen at each call, because a role's credentials are renewed meanwhile."""
        request = AWSRequest("POST", self._url, {"Content-Type": "application/json"}, body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "appsync", self._region).add_auth(request)
        return dict(request.headers.items())


def failure_of(status: int, body: bytes) -> RiffleError | None:
    """What AppSync's answer says went wrong, or None when the event was published."""
    kind, message = first_error(body)
    if status == 200 and not kind:
        return None
    if status in {401, 403} or kind in DENIED:
        return Unauthorized(f"publishing was not allowed: {message}")
    if status == 429 or kind in THROTTLING:
        return Throttled("the events endpoint asked to slow down")
    if status >= 500:
        return Unavailable(f"the events endpoint failed with status {status}")
    return InvalidInput(f"the event was rejected: {message}")


def first_error(body: bytes) -> tuple[str, str]:
    """Type and message of the first GraphQL error; two empty strings when there is none."""
    try:
        errors = json.loads(body).get("errors") or [{}]
    except (ValueError, AttributeError):
        return "MalformedResponse", "the answer was not a JSON object"
    first = errors[0]
    message = str(first.get("message") or "")
    return str(first.get("errorType") or (message and "GraphQLError")), message
