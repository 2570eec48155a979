"""The client against a living fake: sessions, documents, answers, channels, and connections that are cut."""

import asyncio
import json
import stat
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from riffle import (
    AnswerStatus,
    AsyncClient,
    Client,
    Closed,
    Conflict,
    ConnectionFailed,
    DocumentFailed,
    Finished,
    InvalidInput,
    NotConfirmed,
    NotFound,
    Scope,
    Sessions,
    StatusChange,
    TextDelta,
    TimedOut,
    TooLarge,
    Unauthorized,
    Unexpected,
)
from riffle.accounts import Accounts, Challenged, Tokens
from riffle.deployment import Deployment, normal
from riffle.sessions import Session
from tests.conftest import free_port
from tests.riffle import samples
from tests.riffle.conftest import NAME, PASSWORD
from tests.riffle.fake import Fake, Problem
from tests.riffle.samples import Json


def asynchronously(fake: Fake, work: Callable[[AsyncClient], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await AsyncClient.connect(fake.url, username=NAME, password=PASSWORD) as client:
            await work(client)

    asyncio.run(run())


# -- sessions


def test_a_wrong_password_is_unauthorized(fake: Fake) -> None:
    with pytest.raises(Unauthorized, match="Incorrect username or password"):
        Client.connect(fake.url, username=NAME, password="wrong")


def test_without_a_session_the_message_says_how_to_get_one(fake: Fake, sessions: Sessions) -> None:
    with pytest.raises(Unauthorized, match=f"riffle login --url {fake.url}"):
        Client.connect(fake.url, sessions=sessions)


def test_an_address_where_nothing_answers_is_named() -> None:
    with pytest.raises(ConnectionFailed, match="nothing answers at http://localhost"):
        Client.connect(f"http://localhost:{free_port()}", username=NAME, password=PASSWORD)


def test_an_address_that_is_not_riffle_is_named(fake: Fake) -> None:
    with pytest.raises(Unexpected, match="is it Riffle"):
        Client.connect(f"{fake.url}/elsewhere", username=NAME, password=PASSWORD)


def test_a_new_account_signs_in_once_its_code_was_entered(fake: Fake) -> None:
    assert not Client.sign_up(fake.url, "new@example.com", "Secret-123").confirmed
    with pytest.raises(NotConfirmed):
        Client.connect(fake.url, username="new@example.com", password="Secret-123")
    with pytest.raises(InvalidInput, match="Invalid code"):
        Client.confirm(fake.url, "new@example.com", "000000")
    Client.confirm(fake.url, "new@example.com", "123456")
    Client.connect(fake.url, username="new@example.com", password="Secret-123").close()


@pytest.mark.parametrize(
    ("asked", "said"),
    [("NEW_PASSWORD_REQUIRED", "needs a password of your own; run: riffle login --url"),
     ("SOFTWARE_TOKEN_MFA", "code of an authenticator app; run: riffle login --url"),
     ("SMS_MFA", "asks for SMS_MFA, which this client cannot answer")],
)  # fmt: skip
def test_a_program_is_told_where_a_person_has_to_take_another_step(fake: Fake, asked: str, said: str) -> None:
    fake.asks = [asked]
    with pytest.raises(Unauthorized, match=said):
        Client.connect(fake.url, username=NAME, password=PASSWORD)


def test_an_authenticator_is_given_a_key_and_its_code_signs_in(fake: Fake) -> None:
    async def set_up() -> str:
        accounts = Accounts(await Deployment.discover(fake.url))
        try:
            await accounts.sign_in(NAME, PASSWORD)
        except Challenged as asked:
            key, challenge = await accounts.authenticator(asked.challenge)
            await accounts.answer(challenge, "123456")
            return key
        return ""

    fake.asks = ["MFA_SETUP"]
    assert asyncio.run(set_up()) == "JBSWY3DPEHPK3PXP"
    assert fake.answers == [{"USERNAME": "a-sub-of-cognito"}]


def test_a_name_that_is_taken_is_a_conflict(fake: Fake) -> None:
    with pytest.raises(Conflict, match="already exists"):
        Client.sign_up(fake.url, NAME, PASSWORD)


def test_a_stored_session_is_readable_by_its_user_only_and_taken_up_again(
    fake: Fake, sessions: Sessions
) -> None:
    tokens = asyncio.run(_signed_in(fake))
    sessions.save(Session(fake.url, NAME, tokens))
    assert stat.S_IMODE(sessions.path.stat().st_mode) == 0o600
    with Client.connect(fake.url, sessions=sessions) as client:
        assert client.username == NAME
        assert client.about().max_upload_bytes == 2000


def test_an_expiring_token_is_renewed_and_stored(fake: Fake, sessions: Sessions) -> None:
    fake.lifetime = 30  # below the margin: stale at once
    tokens = asyncio.run(_signed_in(fake))
    sessions.save(Session(fake.url, NAME, tokens))
    fake.valid.clear()
    with Client.connect(fake.url, sessions=sessions) as client:
        client.about()
    stored = sessions.find(fake.url)
    assert stored is not None
    assert stored.tokens.access in fake.valid


def test_a_token_the_deployment_refuses_is_renewed_once(fake: Fake, client: Client) -> None:
    fake.valid.clear()
    assert client.about().chat_model == "writer"


def test_a_torn_session_file_counts_as_none(sessions: Sessions) -> None:
    sessions.path.parent.mkdir(parents=True)
    sessions.path.write_text('{"last": "http')
    assert sessions.find("http://localhost:8000") is None
    assert not sessions.remove("http://localhost:8000")


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("localhost:8000/", "http://localhost:8000"),
        ("docs.example.com", "https://docs.example.com"),
        ("https://docs.example.com/riffle.json", "https://docs.example.com"),
    ],
)
def test_addresses_are_brought_to_one_form(typed: str, url: str) -> None:
    assert normal(typed) == url


def test_an_address_of_another_kind_is_invalid() -> None:
    with pytest.raises(InvalidInput, match="ftp"):
        normal("ftp://example.com")


@pytest.mark.parametrize(
    ("http", "realtime"),
    [
        ("http://localhost:8000/graphql", "ws://localhost:8000/graphql/realtime"),
        ("https://api.example.com/graphql", "wss://api.example.com/graphql/realtime"),
        (
            "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql",
            "wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql",
        ),
    ],
)
def test_the_realtime_address_follows_from_the_http_one(http: str, realtime: str) -> None:
    assert Deployment("u", "r", http, "p", "c", "e").realtime_url == realtime


async def _signed_in(fake: Fake) -> Tokens:
    return await Accounts(await Deployment.discover(fake.url)).sign_in(NAME, PASSWORD)


# -- documents


def upload_to(fake: Fake) -> list[Json]:
    """Makes the fake take uploads; the inputs it was given."""
    inputs: list[Json] = []

    def create(variables: Json) -> Json:
        inputs.append(variables["input"])
        fields = json.dumps({"key": "uploads/x", "policy": "p"})
        return {
            "document": samples.document(f"d{len(inputs)}"),
            "url": f"{fake.url}/bucket",
            "fields": fields,
            "expiresAt": samples.NOW,
        }

    fake.fields["createUpload"] = create
    return inputs


def test_a_file_is_posted_with_its_signed_fields_first(fake: Fake, client: Client, tmp_path: Path) -> None:
    inputs = upload_to(fake)
    (tmp_path / "notes.md").write_bytes(b"# Otters")
    assert client.upload(tmp_path / "notes.md", collection="sea").id == "d1"
    assert inputs == [{"name": "notes.md", "bytes": 8, "contentType": "text/markdown", "collection": "sea"}]
    assert fake.uploads == [{"fields": ["key", "policy", "file"], "content": b"# Otters"}]


def test_a_file_over_the_limit_is_not_sent(fake: Fake, client: Client) -> None:
    inputs = upload_to(fake)
    with pytest.raises(TooLarge, match=r"'big\.txt' is 2 kB"):
        client.upload(b"x" * 2001, name="big.txt")
    assert inputs == []


def test_a_rejection_by_s3_is_typed_and_gives_its_reason(fake: Fake, client: Client) -> None:
    upload_to(fake)
    with pytest.raises(TooLarge, match="rejected: Too big"):
        client.upload(b"x" * 1001, name="big.txt")


def test_a_path_that_is_no_file_is_invalid(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        client.upload(tmp_path / "absent.txt")
    with pytest.raises(InvalidInput, match="need a name"):
        client.upload(b"text")


def test_documents_come_page_by_page(fake: Fake, client: Client) -> None:
    def documents(variables: Json) -> Json:
        token = variables.get("nextToken")
        names = {None: ["d1", "d2"], "more": ["d3"]}[token]
        return {"items": [samples.document(name) for name in names], "nextToken": None if token else "more"}

    fake.fields["documents"] = documents
    assert [document.id for document in client.documents()] == ["d1", "d2", "d3"]


def test_an_unknown_document_is_not_found(fake: Fake, client: Client) -> None:
    fake.fields["document"] = lambda _: None
    with pytest.raises(NotFound, match="'d9'"):
        client.document("d9")


def test_wait_ready_sees_the_event(fake: Fake) -> None:
    fake.fields["document"] = lambda _: samples.document()

    async def work(client: AsyncClient) -> None:
        waiting = asyncio.create_task(client.wait_ready("d1"))
        await asyncio.to_thread(fake.await_subscriptions, 1)
        await asyncio.to_thread(fake.publish, "onDocument", samples.document(status="READY", passages=4))
        assert (await waiting).passages == 4

    asynchronously(fake, work)


def test_wait_ready_needs_no_event_when_the_document_is_ready_already(fake: Fake, client: Client) -> None:
    fake.fields["document"] = lambda _: samples.document(status="READY")
    assert client.wait_ready("d1", timeout=5).status == "READY"


def test_wait_ready_reports_why_a_document_failed(fake: Fake, client: Client) -> None:
    problem = {"type": "NoText", "message": "it holds no text", "retryable": False}
    fake.fields["document"] = lambda _: samples.document(status="FAILED", error=problem)
    with pytest.raises(DocumentFailed, match=r"'d1.txt' was not ingested: it holds no text") as failure:
        client.wait_ready("d1")
    assert failure.value.document.error is not None


def test_wait_ready_gives_up_in_time(fake: Fake, client: Client) -> None:
    fake.fields["document"] = lambda _: samples.document()
    with pytest.raises(TimedOut, match=r"0\.2 s"):
        client.wait_ready("d1", timeout=0.2)


def test_a_subscription_that_is_refused_is_typed(fake: Fake, client: Client) -> None:
    fake.refused["onDocument"] = ("NotFound", "there is no document 'd9'")
    with pytest.raises(NotFound, match="'d9'"):
        client.wait_ready("d9")


# -- answers


class Writer:
    """The fake's answering side: keeps the stored answer, as the workers do."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.stored = samples.answer()
        self.seq = 0
        fake.fields["ask"] = self.ask
        fake.fields["answer"] = lambda _: self.stored
        fake.fields["stopAnswer"] = self.stop

    def ask(self, variables: Json) -> Json:
        given = variables["input"]
        self.stored |= {"id": given["id"], "question": given["question"]}
        return self.stored

    def stop(self, _: Json) -> Json:
        self.write("", status="STOPPED")
        return self.stored

    def write(self, text: str, *, lost: bool = False, status: str = "STREAMING") -> None:
        self.seq += 1
        offset = len(self.stored["text"])
        self.stored |= {
            "text": self.stored["text"] + text,
            "attempt": 1,
            "lastSeq": self.seq,
            "status": status,
        }
        if not lost:
            event = samples.event(self.stored["id"], self.seq, offset, text, status=status)
            self.fake.publish("onAnswerEvent", event)


def test_an_answer_streams_and_finishes(fake: Fake, client: Client) -> None:
    writer = Writer(fake)
    with client.ask("Why?", scope=Scope(collection="sea")) as stream:
        assert [live.variables for live in fake.live] == [{"answerId": stream.id}]
        writer.write("Because ")
        assert next(stream) == StatusChange(AnswerStatus.STREAMING)
        writer.write("otters.")
        writer.write("", status="COMPLETE")
        events = list(stream)
    assert stream.text == "Because otters."
    assert isinstance(events[-1], Finished)
    assert events[-1].status is AnswerStatus.COMPLETE


def test_a_lost_event_is_filled_from_the_stored_answer(fake: Fake, client: Client) -> None:
    writer = Writer(fake)
    with client.ask("Why?") as stream:
        writer.write("a")
        writer.write("b", lost=True)
        writer.write("c", status="COMPLETE")
        assert stream.result().text == "abc"


def test_a_stream_survives_a_cut_socket_without_loss_or_repetition(fake: Fake, client: Client) -> None:
    writer = Writer(fake)
    with client.ask("Why?") as stream:
        writer.write("one ")
        next(stream)
        fake.cut()
        writer.write("two ", lost=True)
        fake.await_subscriptions(1)
        writer.write("three", status="COMPLETE")
        deltas = [event.text for event in stream if isinstance(event, TextDelta)]
    assert "one two three".endswith("".join(deltas))
    assert stream.text == "one two three"
    assert fake.connects == 2


def test_an_end_that_was_published_while_cut_is_found(fake: Fake, client: Client) -> None:
    writer = Writer(fake)
    with client.ask("Why?") as stream:
        fake.cut()
        writer.write("all of it", lost=True, status="COMPLETE")
        assert stream.result() == Finished(AnswerStatus.COMPLETE, "all of it")


def test_stop_ends_the_stream_as_stopped(fake: Fake, client: Client) -> None:
    writer = Writer(fake)
    with client.ask("Why?") as stream:
        writer.write("a")
        stream.stop()
        assert stream.result().status is AnswerStatus.STOPPED


def test_two_answers_share_one_socket(fake: Fake, client: Client) -> None:
    Writer(fake)
    with client.ask("One?"), client.ask("Two?"):
        assert len(fake.live) == 2
        assert fake.connects == 1


def test_a_finished_answer_can_be_followed_again(fake: Fake, client: Client) -> None:
    fake.fields["answer"] = lambda _: samples.answer(status="REFUSED", text="I do not know.", attempt=1)
    assert client.follow("a1").result().text == "I do not know."


def test_a_question_the_deployment_rejects_is_invalid_input(fake: Fake, client: Client) -> None:
    def ask(_: Json) -> Json:
        raise Problem("InvalidInput", "the question is empty")

    fake.fields["ask"] = ask
    with pytest.raises(InvalidInput, match="the question is empty"):
        client.ask("")


def test_a_deployment_that_is_away_for_good_ends_the_wait(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riffle.feeds.ATTEMPTS", 2)
    monkeypatch.setattr("riffle.asynchronous.POLL_SECONDS", 60)
    with Client.connect(fake.url, username=NAME, password=PASSWORD) as client:
        monkeypatch.setattr(Deployment, "realtime_url", f"ws://127.0.0.1:{free_port()}")
        started = time.monotonic()
        with pytest.raises(ConnectionFailed, match="no real-time connection"):
            client.ask("Why?")
    assert time.monotonic() - started < 10


# -- closing


def test_a_closed_client_says_so_and_may_be_closed_again(fake: Fake) -> None:
    Writer(fake)
    client = Client.connect(fake.url, username=NAME, password=PASSWORD)
    stream, documents = client.ask("Why?"), client.documents()
    client.close()
    client.close()
    stream.close()
    with pytest.raises(Closed, match="the client is closed"):
        client.about()
    with pytest.raises(Closed):
        next(documents)


def test_closing_ends_what_another_thread_waits_for(fake: Fake) -> None:
    Writer(fake)
    client = Client.connect(fake.url, username=NAME, password=PASSWORD)
    stream = client.ask("Why?")
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(stream.result)
        client.close()
        with pytest.raises(Closed):
            waiting.result(10)


def test_a_deployment_that_cuts_every_connection_is_not_stormed(fake: Fake, client: Client) -> None:
    Writer(fake)
    with client.ask("Why?"):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            fake.cut()
            time.sleep(0.005)
    assert fake.connects < 25


# -- channels


def test_a_message_reaches_who_listens(fake: Fake) -> None:
    def publish(variables: Json) -> Json:
        sent = samples.message(variables["channel"], variables["data"])
        fake.publish("onMessage", sent)
        return sent

    fake.fields["publish"] = publish

    async def work(client: AsyncClient) -> None:
        async with client.listening("news") as messages:
            assert (await client.publish("news", {"n": 1})).data == {"n": 1}
            assert (await anext(messages)).data == {"n": 1}

    asynchronously(fake, work)
