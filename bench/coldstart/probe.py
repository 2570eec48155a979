"""Runs in a fresh process: imports the app and hands a function its first event, until it would call AWS.

`python -S probe.py JSON`, which names the function, the folders of modules, the event, and the folder of an
index to open; `client` also loads LanceDB's REST client, as a plain `import lancedb` does. Prints one line of
JSON: seconds since the interpreter ran the first line, and of the processors in them, those of processes that
it started included; the process's largest memory in bytes, and whose modules are loaded.

It imports as little as it can before the clock starts, and nothing of ours.
"""

import sys
import time

BEGAN, BUSY = time.perf_counter(), time.process_time()


class Reached(BaseException):
    """Raised where a connection would be opened. No handler of the product's catches it."""


def main() -> None:
    import json
    from importlib import import_module

    asked = json.loads(sys.argv[1])
    sys.path[:0] = asked["folders"]
    sys.addaudithook(_stop_at_connections)
    if asked["client"] and asked["index"]:
        import_module("lancedb")  # before the product keeps its client out
    app = import_module("app").app
    imported = time.perf_counter() - BEGAN
    if asked["function"] == "search":
        _leave_the_index()
    try:
        app.handler_map[asked["function"]](asked["event"], Context())
    except Reached:
        used = time.perf_counter() - BEGAN
    else:
        raise RuntimeError(f"{asked['function']} called nobody")
    if asked["index"]:
        _open(asked["index"])
    total = time.perf_counter() - BEGAN
    modules = sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names)
    times = {"imported": imported, "used": used, "total": total, "processor": _processor()}
    print(json.dumps(times | {"memory": _memory(), "modules": modules}))


class Context:
    """As much of Lambda's context as the functions look at."""

    aws_request_id = function_name = invoked_function_arn = "probe"
    memory_limit_in_mb = 1769

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def _stop_at_connections(event: str, _: object) -> None:
    if event == "socket.connect":
        raise Reached


def _leave_the_index() -> None:
    """A search looks at the index beside its first call; here that is a step of its own, `_open`."""
    from chalicelib.retrieval.index import PassageIndex

    def view(_: PassageIndex) -> None:
        raise Reached

    PassageIndex.view = view  # type: ignore[method-assign, assignment]  # in this process only


def _open(folder: str) -> None:
    """LanceDB's part. Its calls to AWS are out of Python's sight; for a folder it needs the same modules."""
    from chalicelib.retrieval.index import PassageIndex
    from chalicelib.retrieval.query import Scope

    PassageIndex(folder, 3).nearest(Scope("ann"), [1.0, 0.0, 0.0], 1)


def _processor() -> float:
    import resource

    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() - BUSY + others.ru_utime + others.ru_stime


def _memory() -> int:
    """Of this program alone; `getrusage` would tell the largest of it and the program that started it."""
    with open("/proc/self/status") as status:  # noqa: PTH123  (pathlib would be one more import)
        [kilobytes] = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    return int(kilobytes) * 1024


main()
