"""The roles of the template: who takes them, on whose behalf, and with what grants."""

from collections.abc import Iterator
from dataclasses import dataclass

from appsync.permissions import resources as on
from appsync.permissions.grants import FUNCTIONS, TRACING, Grant, logging, of

OWN_ACCOUNT = 'StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId }'
OWN_API = f'{OWN_ACCOUNT}, ArnEquals: {{ "aws:SourceArn": !GetAtt Api.Arn }}'
OWN_SCHEDULES = (
    f'{OWN_ACCOUNT}, ArnEquals: {{ "aws:SourceArn": '
    '!Sub "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default" }'
)


@dataclass(frozen=True, slots=True)
class Role:
    """One role, which `service` takes while `condition` holds; `apart` makes its policy its own resource.

    Inside the role it is there whenever the role is: Lambda refuses a mapping or a function with tracing to a
    role that may not yet receive messages or send traces.
    """

    logical_id: str
    name: str
    service: str
    grants: tuple[Grant, ...]
    condition: str = ""
    note: str = ""
    apart: bool = False


def roles(*, traced: bool) -> Iterator[Role]:
    """Every role. The functions may write traces where Chalice is told to switch tracing on."""
    yield from SERVICES
    for name, grants in FUNCTIONS.items():
        always = (*grants, logging(name), *([TRACING] if traced else []))
        yield Role(f"{name.capitalize()}Role", name, "lambda", always)


API_LOG = on.sub(f"{on.LOGS}:/aws/appsync/apis/${{Api.ApiId}}:*", "AppSync names the streams of its log")
EVENTS_LOG = on.Resource(
    f'!If [EventsPresent, !Sub "{on.LOGS}:/aws/appsync/apis/${{EventsApi.ApiId}}:*", !Ref AWS::NoValue]',
    API_LOG.forced,
)

SERVICES = (
    Role(
        "ApiLogsRole",
        "api-logs",
        "appsync",
        (of("logs", "CreateLogStream PutLogEvents", API_LOG, EVENTS_LOG),),
        condition=OWN_ACCOUNT,
        note="Of any API of the account: this one is made with the role, and cannot be named in it.",
        apart=True,  # its log is named by its id
    ),
    Role(
        "InvokingSourceRole",
        "invoking",
        "appsync",
        (of("lambda", "InvokeFunction", on.function("resolve"), on.function("search")),),
        condition=OWN_API,
    ),
    Role(
        "ReadingSourceRole",
        "reading",
        "appsync",
        (of("dynamodb", "Query", on.ANSWERS_BY_ID), of("dynamodb", "GetItem", on.DOCUMENTS)),
        condition=OWN_API,
    ),
    Role(
        "ScheduleRole",
        "schedule",
        "scheduler",
        (of("lambda", "InvokeFunction", on.function("maintain")),),
        condition=OWN_SCHEDULES,
        note="A schedule cannot be named here, only its group "
        "(https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html).",
    ),
)
"""AppSync's are bound to this API: https://docs.aws.amazon.com/appsync/latest/devguide/attaching-a-data-source.html"""
