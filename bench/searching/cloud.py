"""The same table in the local cloud's bucket: searched bare, by the product in this process, over GraphQL."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import boto3
import lancedb
from chalicelib.models.embedding import bedrock_embedder
from chalicelib.records import SearchMode
from chalicelib.retrieval.index import TABLE, PassageIndex, storage_options
from chalicelib.retrieval.search import Searcher
from chalicelib.settings import Settings

from bench.searching.bare import Bare
from bench.searching.corpus import Question
from bench.searching.timing import Times, taking_turns
from evaluation.stack import new_account, own_cloud
from riffle import Client, Unavailable
from riffle import SearchMode as Mode

LIMIT = 10

type Asking = Callable[[Question], object]


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of search, three ways; `bare` has embedded its question too, where one has a vector."""

    mode: str
    bare: Times
    searcher: Times
    graphql: Times


@dataclass(frozen=True, slots=True)
class Cloud:
    client: Client
    owner: str
    settings: Settings
    environ: Mapping[str, str]

    def boto3(self) -> boto3.Session:
        return boto3.Session(
            self.environ["AWS_ACCESS_KEY_ID"], self.environ["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environ["AWS_REGION"],
        )  # fmt: skip

    def upload(self, folder: Path) -> None:
        """Puts a table from the disk, without its older versions, in the place of the bucket's."""
        lancedb.connect(folder).open_table(TABLE).optimize(cleanup_older_than=timedelta(milliseconds=1))
        bucket = (
            self.boto3()
            .resource("s3", endpoint_url=self.environ["AWS_ENDPOINT_URL"])
            .Bucket(self.settings.bucket)
        )
        bucket.objects.filter(Prefix="index/").delete()
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            bucket.upload_file(str(path), f"index/{path.relative_to(folder)}")


@contextmanager
def cloud() -> Iterator[Cloud]:
    with (
        tempfile.TemporaryDirectory(prefix="riffle-searching-") as state,
        own_cloud(_environ(), "--state", state) as running,
    ):
        name, password = new_account(running.url)
        environ = json.loads((Path(state) / "functions/environment.json").read_text("utf-8"))
        settings = Settings.from_environ(environ)
        with Client.connect(running.url, username=name, password=password) as client:
            yield Cloud(client, _subject(environ, name), settings, environ)


def compared(cloud: Cloud, asked: list[Question]) -> Iterator[Compared]:
    """With the local embedding model in all three; questions are texts, so their vectors lie anywhere."""
    settings, options = cloud.settings, storage_options(cloud.environ)
    runtime = cloud.boto3().client(
        "bedrock-runtime", endpoint_url=cloud.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]
    )
    embedder = bedrock_embedder(runtime, settings.embedding_model, settings.embedding_dimensions)
    index = PassageIndex(settings.index_uri, settings.embedding_dimensions, options)
    searcher = Searcher(index, embedder, settings.limits)
    bare = Bare(settings.index_uri, options, cloud.owner)
    bares: dict[SearchMode, Asking] = {
        SearchMode.VECTOR: lambda each: bare.nearest(embedder.query(each.text), LIMIT),
        SearchMode.TEXT: lambda each: bare.matching(each.text, LIMIT),
        SearchMode.HYBRID: lambda each: bare.hybrid(each.text, embedder.query(each.text)),
    }
    for mode, query in bares.items():
        _warm(_over_graphql(cloud.client, mode), asked[0])
        ours = _ours(searcher, cloud.owner, mode), _over_graphql(cloud.client, mode)
        yield Compared(mode.value.lower(), *taking_turns(asked, query, *ours))


def _warm(ask: Asking, question: Question) -> None:
    """The first query reads the index from the emulated S3, which may take longer than AppSync waits."""
    for _ in range(10):
        with suppress(Unavailable):
            ask(question)
            return


def _ours(searcher: Searcher, owner: str, mode: SearchMode) -> Asking:
    return lambda each: searcher.search(owner, each.text, limit=LIMIT, mode=mode)


def _over_graphql(client: Client, mode: SearchMode) -> Asking:
    return lambda each: client.search(each.text, limit=LIMIT, mode=Mode(mode.value))


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "RIFFLE_MODEL"}


def _subject(environ: Mapping[str, str], name: str) -> str:
    """Who the account is in the rows of the index."""
    keys = environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"]
    session = boto3.Session(*keys, region_name=environ["AWS_REGION"])
    client = session.client("cognito-idp", endpoint_url=environ["AWS_ENDPOINT_URL"])
    for pool in client.list_user_pools(MaxResults=10)["UserPools"]:
        for user in client.list_users(UserPoolId=pool["Id"])["Users"]:
            found = {each["Name"]: each.get("Value", "") for each in user["Attributes"]}
            if found.get("email") == name:
                return found["sub"]
    raise LookupError(f"the local cloud has no account {name!r}")
