"""Functions whose code a template holds: bounded in time, and not for pages in a browser."""

import httpx

from localcloud.appsync.functions import Inline, lambda_service

LOOP = """
def handler(event, _):
    while event == "stay":
        pass
    return event
"""


def test_a_function_that_does_not_end_is_ended_and_the_next_call_is_answered() -> None:
    function = Inline(LOOP, "handler", {}, seconds=0.2)
    try:
        assert function.invoke('"first"') == {"result": "first"}
        assert function.invoke('"stay"')["error"]["errorType"] == "Runtime.ExitError"
        assert function.invoke('"next"') == {"result": "next"}
    finally:
        function.close()


def test_pages_cannot_call_functions() -> None:
    with lambda_service({"F": Inline(LOOP, "handler", {})}) as url:
        address = f"{url}/2015-03-31/functions/F/invocations"
        page = httpx.post(address, content='"hi"', headers={"Origin": "http://elsewhere.test"})
        program = httpx.post(address, content='"hi"')
    assert (page.status_code, program.json()) == (403, "hi")
