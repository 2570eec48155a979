"""The table of documents as the template has it, in MiniStack."""

from typing import TYPE_CHECKING

from tests.answering.tables import keys, keys_only

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_documents(client: "DynamoDBClient", name: str) -> None:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys("owner", "id"),
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in ("owner", "id", "openSince")
        ],
        GlobalSecondaryIndexes=[keys_only("byOpen", "openSince")],
    )
