"""What neither people nor functions do: lose rows, leave things half done, send what makes no sense."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.flows.cloud import Cloud

type Json = Any  # of AWS's answers, which tests read member by member


@dataclass
class Backstage:
    """The stack of a cloud, with an administrator's rights."""

    cloud: Cloud
    stack: str = "riffle-local"
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.cloud.aws(service)
        return self._clients[service]

    def close(self) -> None:
        for each in self._clients.values():
            each.close()

    @cached_property
    def outputs(self) -> dict[str, str]:
        [stack] = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def policy(self, function: str) -> list[Json]:
        """The statements of a function's role, as they were deployed."""
        role = {"RoleName": f"{self.stack}-{function}-us-east-1", "PolicyName": "access"}
        statements: list[Json] = self.client("iam").get_role_policy(**role)["PolicyDocument"]["Statement"]
        return statements

    def put(self, key: str) -> None:
        bucket = self.outputs["BucketName"]
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=b"A text.", ContentType="text/plain")

    def send(self, queue: str, body: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.outputs[f"{queue}QueueUrl"], MessageBody=body)

    def change(self, table: str, owner: str, row: str, **values: str | int) -> None:
        """Sets attributes of one row."""
        self.client("dynamodb").update_item(
            TableName=self.outputs[f"{table}TableName"],
            Key={"owner": {"S": owner}, "id": {"S": row}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": _typed(value) for name, value in values.items()},
        )

    def forget(self, owner: str, document: str) -> None:
        """Deletes a document's row and nothing else."""
        table = self.outputs["DocumentsTableName"]
        key = {"owner": {"S": owner}, "id": {"S": document}}
        self.client("dynamodb").delete_item(TableName=table, Key=key)

    def maintain(self) -> None:
        """As both schedules have it, but for the age. Raises AssertionError when it was not complete."""
        for payload in (b'{"ageSeconds": 0}', b'{"full": true, "ageSeconds": 0}'):
            answer = self.client("lambda").invoke(FunctionName=f"{self.stack}-maintain", Payload=payload)
            assert "FunctionError" not in answer, answer["Payload"].read()


def _typed(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
