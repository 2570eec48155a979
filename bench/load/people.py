"""What people do and what the product does for them: the model's inputs besides the quotas."""

from dataclasses import dataclass, field

from appsync.costs import asking, facts
from appsync.costs.workload import Workload

MAX_TOKENS = 2_048
"""That an answer asks the model for at most. Bedrock takes prompt and these from the quota when a request
begins, and gives back what was not written when it ends:
https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html"""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. `retrieval` and `around` are measured by `bench`; the model's are its own."""

    resolve: float = 0.05
    queue: float = 0.02
    """From the queue to the function."""
    cold: float = 1.5
    """Of a fresh environment."""
    retrieval: float = 0.12
    understanding: float = facts.UNDERSTAND_SECONDS
    """Of the model, where a conversation has said something."""
    first_token: float = 0.5
    around: float = 0.1
    """An answer's own writes and publishes before and after its text."""
    look: float = facts.LOOK_SECONDS
    publish: float = 0.02
    """One publish, there and back."""


@dataclass(frozen=True, slots=True)
class People:
    """`users` at work at once, each asking again `pause` seconds on average after the last answer's end."""

    users: int
    pause: float = 110.0
    work: Workload = field(default_factory=Workload)
    times: Times = field(default_factory=Times)

    @property
    def streaming(self) -> float:
        return asking.streaming(self.work)

    @property
    def occupied(self) -> float:
        """Seconds for which an answer holds its worker."""
        times = self.times
        before = times.queue + self.understanding + times.retrieval + times.first_token
        return before + times.around + self.streaming + times.look

    @property
    def understanding(self) -> float:
        return self.times.understanding if self.work.history else 0.0

    @property
    def cycle(self) -> float:
        """Seconds from a question to the same person's next when nothing has to wait."""
        return self.pause + self.times.resolve + self.occupied

    @property
    def rate(self) -> float:
        """Questions a second when nothing has to wait."""
        return self.users / self.cycle

    @property
    def prompt_tokens(self) -> float:
        return asking.prompt_tokens(self.work)

    @property
    def tokens(self) -> float:
        """Of the chat model for one question: the follow-up made plain, the prompt, and the answer."""
        told = asking.understood_tokens(self.work)
        understood = told + facts.UNDERSTOOD_TOKENS if told else 0.0
        return understood + self.prompt_tokens + self.work.answer_tokens
