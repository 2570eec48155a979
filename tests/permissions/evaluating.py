"""What a policy allows: our statements only, which allow exact actions and have at most one condition.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from typing import Any

from localcloud.appsync.policies import pattern
from tests.permissions.policies import listed
from tests.permissions.requests import Call


def allowed(statements: list[Any], call: Call) -> bool:
    return any(covers(each, call) for each in statements)


def covers(statement: Any, call: Call) -> bool:
    """Raises AssertionError for a statement that is of another kind than ours."""
    assert statement.keys() <= {"Effect", "Action", "Resource", "Condition"}
    assert statement["Effect"] == "Allow"
    return (
        call.action in listed(statement["Action"])
        and any(pattern(each).fullmatch(call.resource) for each in listed(statement["Resource"]))
        and holds(statement.get("Condition"), call)
    )


def holds(condition: Any, call: Call) -> bool:
    """Our one condition; IfExists holds where the request has no prefix at all."""
    if condition is None or call.prefix is None:
        return True
    assert list(condition) == ["StringLikeIfExists"]
    [(key, patterns)] = condition["StringLikeIfExists"].items()
    assert key == "s3:prefix"
    return any(pattern(each).fullmatch(call.prefix) for each in patterns)
