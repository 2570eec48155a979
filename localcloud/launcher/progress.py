"""What the launcher says on the terminal: each step with its time, then where to go."""

import contextlib
import shlex
import time
from collections.abc import Iterator

from rich.console import Console

from localcloud.launcher.state import State


class Progress:
    """Steps with a spinner on a terminal; plain lines in a pipe or a log."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Shows that `what` is going on, and how long it took once it is done."""
        started = time.monotonic()
        with self._console.status(f"{what} …"):
            yield
        self._console.print(f"[green]✓[/] {what} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False)

    def say(self, sentence: str) -> None:
        """A sentence that is neither a step nor a problem."""
        self._console.print(sentence, highlight=False, markup=False)

    def warn(self, sentence: str) -> None:
        """Something went wrong, and what is being done about it."""
        self._console.print(sentence, style="yellow", highlight=False, markup=False)

    def ready(self, page: str, model: str, state: State, seconds: float) -> None:
        """The last words before the launcher only watches."""
        self._console.print(
            f"\n[bold]Riffle is ready[/] after {seconds:.1f} s: [bold]{page}[/]", highlight=False
        )
        self._console.print(f"  GraphQL     {page}/graphql", highlight=False)
        self._console.print(
            f"  TLS         wss:// and https:// at the same port; trust it with\n"
            f"              NODE_EXTRA_CA_CERTS={shlex.quote(str(state.authority))} for Node; "
            "else see docs/tls.md",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
        self._console.print(f"  answers by  {model}", highlight=False)
        self._console.print("  sign up with any address; the confirmation code is 123456", highlight=False)
        self._console.print(
            f"  state       {state.root}; Ctrl-C stops everything and keeps it\n", highlight=False
        )
