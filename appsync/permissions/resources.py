"""What permissions are given on: ARNs as the template writes them, each with what it cannot name exactly."""

from dataclasses import dataclass

LAMBDA = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function"
LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group"


@dataclass(frozen=True, slots=True)
class Resource:
    """One ARN or list of them in YAML; `forced` says who makes the names that its wildcard stands for."""

    yaml: str
    forced: str = ""


def arn(logical_id: str) -> Resource:
    return Resource(f"!GetAtt {logical_id}.Arn")


def sub(text: str, forced: str = "") -> Resource:
    return Resource(f'!Sub "{text}"', forced)


DOCUMENTS = arn("DocumentsTable")
OPEN_DOCUMENTS = sub("${DocumentsTable.Arn}/index/byOpen")
ANSWERS = arn("AnswersTable")
ANSWERS_BY_CREATED = sub("${AnswersTable.Arn}/index/byCreated")
ANSWERS_BY_CONVERSATION = sub("${AnswersTable.Arn}/index/byConversation")
ANSWERS_BY_ID = sub("${AnswersTable.Arn}/index/byId")
OPEN_ANSWERS = sub("${AnswersTable.Arn}/index/byOpen")
CONVERSATIONS = arn("ConversationsTable")
CONVERSATIONS_BY_UPDATED = sub("${ConversationsTable.Arn}/index/byUpdated")

BUCKET = arn("Bucket")
UPLOADS = sub("${Bucket.Arn}/uploads/*", "people name their files")
TEXTS = sub("${Bucket.Arn}/texts/*", "documents get their ids at run time")
INDEX = sub("${Bucket.Arn}/index/*", "LanceDB names its files")

INGEST_QUEUE = arn("IngestQueue")
ANSWER_QUEUE = arn("AnswerQueue")

PUBLISH_ANSWER = sub("${Api.Arn}/types/Mutation/fields/publishAnswerEvent")
PUBLISH_DOCUMENT = sub("${Api.Arn}/types/Mutation/fields/publishDocumentEvent")

TRACES = Resource('"*"', "X-Ray has no resource to name")


def model(parameter: str) -> Resource:
    """The model of a parameter: ARNs that were given for it, else the foundation model of that id, here."""
    given = f'!Split [",", !Ref {parameter}Arns]'
    here = f'!Sub "arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/${{{parameter}}}"'
    return Resource(f"!If [{parameter}ArnsGiven, {given}, {here}]")


RERANKER = sub("arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/${RerankModel}")
"""Of no model where RerankModel is none; rerankers are behind no inference profile."""


def function(name: str) -> Resource:
    """As it is invoked: SnapStart has only the versions that the alias names."""
    return sub(f"{LAMBDA}:riffle-${{Stage}}-{name}${{Qualifier}}")


def function_log(name: str) -> Resource:
    return sub(f"{LOGS}:/aws/lambda/riffle-${{Stage}}-{name}:*", "Lambda names the streams of its log")
