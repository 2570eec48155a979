"""Makes what the product needs to answer fields; prints the modules that were loaded."""

import json
import sys
from importlib import import_module

import boto3
from aws_lambda_powertools import Logger, Metrics
from chalicelib.bootstrap import Services
from chalicelib.settings import Settings

settings = Settings(
    stage="test", bucket="bucket", documents_table="documents", answers_table="answers",
    conversations_table="conversations", ingest_queue_url="https://sqs/ingest", answer_queue_url="https://sqs/answer",
    graphql_url="https://api/graphql", chat_model="chat", embedding_model="embedding", embedding_dimensions=2,
)  # fmt: skip
session = boto3.Session("key", "secret", region_name="eu-central-1")
services = Services(settings, session)
Logger(service="riffle")
Metrics(namespace="Riffle", service="riffle")
for name in ("library", "desk", "documents", "answers", "blobs", "events", "ingest_queue", "answer_queue"):
    getattr(services, name)
import_module("chalicelib.api.bridge")
import_module("chalicelib.redelivery")
print(json.dumps(sorted(sys.modules)))  # noqa: T201
