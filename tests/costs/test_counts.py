"""The calculator's counts, against the product at work on MiniStack, LanceDB's requests to S3 included."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import boto3
import pytest
from chalicelib.maintaining import check_index, maintain
from chalicelib.settings import Settings

from appsync.costs import facts
from bench.counting import Counting, Product, counting, operation
from tests.answering.tables import create_answers, create_conversations
from tests.documents.tables import create_documents

TEXT = "\n\n".join(f"# Part {number}\n" + "A sentence of the text. " * 30 for number in range(10))


@dataclass
class Bench:
    proxy: Counting
    settings: Settings

    def product(self) -> Product:
        """As in a fresh function."""
        return Product(self.settings, boto3.Session(region_name="us-east-1"), ["word "] * 100)


@pytest.fixture(scope="module")
def bench(aws: boto3.Session, ministack: str) -> Iterator[Bench]:
    with counting(ministack) as proxy, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            patch.setitem(os.environ, name, proxy.url)
        yield Bench(proxy, made(aws))


def made(aws: boto3.Session) -> Settings:
    """The stage's tables, queues and bucket."""
    name = f"counts-{uuid4().hex[:8]}"
    tables, queues, bucket = aws.client("dynamodb"), aws.client("sqs"), aws.client("s3")
    create_answers(tables, f"{name}-answers")
    create_conversations(tables, f"{name}-conversations")
    create_documents(tables, f"{name}-documents")
    bucket.create_bucket(Bucket=name)
    urls = {
        each: queues.create_queue(QueueName=f"{name}-{each}")["QueueUrl"] for each in ("ingest", "answer")
    }
    for client in (tables, queues, bucket):
        client.close()
    return Settings(
        stage=name,
        bucket=name,
        documents_table=f"{name}-documents",
        answers_table=f"{name}-answers",
        conversations_table=f"{name}-conversations",
        ingest_queue_url=urls["ingest"],
        answer_queue_url=urls["answer"],
        graphql_url="http://127.0.0.1:9",
        chat_model="amazon.nova-lite-v1:0",
        embedding_model="amazon.titan-embed-text-v2:0",
        embedding_dimensions=1024,
    )


@pytest.fixture(scope="module")
def stored(bench: Bench) -> Product:
    """A product that has ingested a few documents and searched, as a warm function has."""
    product = bench.product()
    for number in range(3):
        ingest(product, f"{number}.md")
    product.searcher.search("me", "a sentence of the text")
    bench.proxy.taken()
    return product


def ingest(product: Product, name: str) -> None:
    document = product.library.add_text("me", name=name, text=TEXT)
    message = {"kind": "ingest", "owner": "me", "documentId": document.id, "version": 1}
    product.document_worker.handle(message, fresh=True)


def index(counts: Counter[str], *names: str) -> int:
    return sum(counts[f"index.{name}"] for name in names)


def test_requests_are_told_apart() -> None:
    assert operation("POST", "/", "DynamoDB_20120810.PutItem") == "dynamodb.PutItem"
    assert operation("POST", "/", "AmazonSQS.SendMessage") == "sqs.SendMessage"
    assert operation("GET", "/bucket?list-type=2&prefix=index%2Fpassages", "") == "index.list"
    assert operation("PUT", "/bucket/uploads/me/1/a.md", "") == "s3.put"


def test_a_question_costs_the_writes_messages_and_reads_that_are_reckoned(
    bench: Bench, stored: Product
) -> None:
    answer = stored.desk.ask("me", question="What is a sentence?")
    assert bench.proxy.taken() == {"dynamodb.TransactWriteItems": 1, "sqs.SendMessage": 1}
    stored.answer_worker.handle("me", answer.id)
    counts = bench.proxy.taken()
    assert counts["sqs.SendMessage"] == facts.LEASE_LOOKS
    assert counts["dynamodb.UpdateItem"] >= 2  # claim and end; saves come with time
    assert counts["dynamodb.Query"] == 1
    assert index(counts, "list", "put") == facts.SEARCH_LISTS
    assert abs(index(counts, "get", "head") - facts.SEARCH_READS) <= 5


def test_the_look_at_a_finished_answer_is_one_read(bench: Bench, stored: Product) -> None:
    answer = stored.desk.ask("me", question="What else is a sentence?")
    stored.answer_worker.handle("me", answer.id)
    bench.proxy.taken()
    stored.answer_worker.handle("me", answer.id, 1)
    assert bench.proxy.taken() == {"dynamodb.GetItem": 1}


def test_a_document_costs_the_steps_and_requests_that_are_reckoned(bench: Bench, stored: Product) -> None:
    counts = one_by_one(bench, stored, facts.TIDYING_EVERY)
    assert [each["dynamodb.UpdateItem"] for each in counts] == [facts.DOCUMENT_STEPS] * len(counts)
    assert [each["s3.put"] + each["s3.list"] for each in counts] == [3] * len(counts)
    *plain, tidying = sorted(counts, key=Counter.total)
    commit = (facts.INGEST_LISTS, facts.INGEST_WRITES)
    assert [(index(each, "list"), index(each, "put", "post")) for each in plain] == [commit] * len(plain)
    assert all(abs(index(each, "get", "head") - facts.INGEST_READS) <= 5 for each in plain)
    assert abs(index(tidying, "get", "head") - facts.INGEST_READS - facts.TIDYING_READS) <= 15
    assert index(tidying, "list") - facts.INGEST_LISTS == facts.TIDYING_LISTS
    assert index(tidying, "put", "post") - facts.INGEST_WRITES == facts.TIDYING_WRITES


def one_by_one(bench: Bench, product: Product, count: int) -> list[Counter[str]]:
    """What each of so many documents took, each of whose steps was published."""
    counts = []
    for number in range(count):
        bench.proxy.taken()
        product.recorder.documents.clear()
        ingest(product, f"more-{number}.md")
        assert len(product.recorder.documents) == facts.DOCUMENT_STEPS
        counts.append(bench.proxy.taken())
    return counts


def test_looking_after_nothing_is_two_reads_and_one_listing(
    bench: Bench, stored: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.retrieval.index.passages.KEPT", timedelta(milliseconds=1))
    for _ in range(2):  # the first writes a version of the index itself
        maintain(stored)
    bench.proxy.taken()
    maintain(bench.product())
    assert bench.proxy.taken() == {"dynamodb.Scan": facts.OPEN_INDEXES, "index.list": 1}


def test_comparing_everything_costs_the_requests_that_are_reckoned(bench: Bench, stored: Product) -> None:
    maintain(stored, full=True)
    bench.proxy.taken()
    maintain(bench.product(), full=True)
    counts = bench.proxy.taken()
    assert counts["dynamodb.Scan"] == 2
    assert counts["s3.list"] == 2
    assert abs(index(counts, "list", "put") - facts.MAINTAIN_LISTS) <= 3
    assert index(counts, "get", "head") <= 3 * facts.MAINTAIN_READS


def test_checking_the_index_costs_the_requests_that_are_reckoned(bench: Bench, stored: Product) -> None:
    bench.proxy.taken()
    report = check_index(stored)
    counts = bench.proxy.taken()
    assert report["recall"] == 1
    searches = report["queries"] + report["compared"]  # then there are the sample's and the figures' requests
    assert index(counts, "list") <= facts.CHECK_LISTS * searches + 2
    assert index(counts, "get", "head") <= facts.CHECK_READS * searches
