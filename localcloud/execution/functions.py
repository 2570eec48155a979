"""What a function's processes are made of, and the environment variables they find."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

type Config = Mapping[str, Any]  # a function's configuration as the Lambda API words it


@dataclass(frozen=True, slots=True)
class Function:
    """Processes of equal ones serve each other's events; any difference needs a new process."""

    name: str
    version: str
    handler: str
    memory: int
    timeout: int
    role: str
    variables: tuple[tuple[str, str], ...]
    task: Path
    opt: Path

    @classmethod
    def of(cls, config: Config, task: Path, opt: Path) -> Self:
        """The function of this configuration, unpacked at these places."""
        return cls(
            name=config["FunctionName"],
            version=config.get("Version", "$LATEST"),
            handler=config["Handler"],
            memory=int(config["MemorySize"]),
            timeout=int(config["Timeout"]),
            role=config["Role"],
            variables=tuple(sorted((config.get("Environment") or {}).get("Variables", {}).items())),
            task=task,
            opt=opt,
        )


def environment(function: Function, runtime: str, surroundings: Mapping[str, str]) -> dict[str, str]:
    """The configured variables, then Lambda's own, then what differs here: `surroundings`.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return {
        **dict(function.variables),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "LAMBDA_TASK_ROOT": str(function.task),
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": f"{function.task}:{function.task}/lib:{function.opt}/lib",
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{function.opt}/bin",
        "TZ": ":UTC",
        **surroundings,
    }
