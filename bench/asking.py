"""Two benchmarks of answers: how soon the first text is there, and what a fast stream becomes on its way."""

import time
from collections.abc import Iterator

from bench.bare import Spoken, prompt_of, runtime, speak
from bench.corpus import QUESTIONS
from bench.paced import PacedModel
from evaluation.report import Grid
from evaluation.stack import LocalCloud
from riffle import Client, TextDelta, Usage
from riffle.evaluating.measures import percentile

ROUNDS = 3
PACES = (25.0, 50.0, 100.0, 200.0, 400.0)


def first_delta(client: Client, cloud: LocalCloud) -> Grid:
    """Each question a few times, alone: once through the deployment, once at the bare model."""
    model, bedrock = client.about().chat_model, runtime(cloud.models_url)
    whole, bare, parts = list[float](), list[float](), list[Usage]()
    for question in QUESTIONS * ROUNDS:
        spoken, usage = _through(client, question)
        alone = speak(bedrock, model, prompt_of(question, client.search(question).passages))
        if spoken and usage and alone:
            whole.append(spoken.first)
            bare.append(alone.first)
            parts.append(usage)
    times = (_times("ask → first delta at the subscriber", whole), _times("bare model → first text", bare))
    title = f"First text of {len(whole)} answers, in ms"
    return Grid(title, ("", "p50", "p95"), (*times, *_parts(whole, bare, parts)))


def _times(name: str, seconds: list[float]) -> tuple[str, str, str]:
    return (name, f"{percentile(seconds, 0.5) * 1000:.0f}", f"{percentile(seconds, 0.95) * 1000:.0f}")


def _parts(whole: list[float], bare: list[float], usages: list[Usage]) -> Iterator[tuple[str, str, str]]:
    ratios = [percentile(whole, share) / percentile(bare, share) for share in (0.5, 0.95)]
    yield ("ratio", f"{ratios[0]:.2f}", f"{ratios[1]:.2f}")
    yield _times("of it: retrieval", [usage.retrieval_ms / 1000 for usage in usages])
    yield _times("of it: worker → first text", [(usage.first_token_ms or 0) / 1000 for usage in usages])


def streams(client: Client, cloud: LocalCloud, model: PacedModel) -> Grid:
    """One long answer at each pace."""
    name, bedrock = client.about().chat_model, runtime(cloud.models_url)
    prompt = prompt_of(QUESTIONS[0], client.search(QUESTIONS[0]).passages)
    rows = []
    for model.per_second in PACES:
        rows.append(_row(model, speak(bedrock, name, prompt), _through(client, QUESTIONS[0])[0]))
    headers = (
        "model, tokens/s",
        "bare, tokens/s",
        "whole path, tokens/s",
        "messages per 100 tokens",
        "messages/s",
    )
    return Grid(f"A stream of {model.tokens} tokens", headers, tuple(rows))


def _row(model: PacedModel, bare: Spoken | None, whole: Spoken | None) -> tuple[str, ...]:
    if bare is None or whole is None:
        return (f"{model.per_second:.0f}", "–", "–", "–", "–")
    alone, through = model.tokens / bare.rest, model.tokens / whole.rest
    messages = f"{whole.pieces / model.tokens * 100:.1f}", f"{whole.pieces / whole.rest:.1f}"
    return (f"{model.per_second:.0f}", f"{alone:.0f}", f"{through:.0f}", *messages)


def _through(client: Client, question: str) -> tuple[Spoken | None, Usage | None]:
    """One question through the deployment; what the caller waits for includes subscribing."""
    began = time.monotonic()
    with client.ask(question) as stream:
        times = [time.monotonic() for event in stream if isinstance(event, TextDelta)]
        usage = client.answer(stream.id).usage
    return (Spoken(times[0] - began, times[-1] - times[0], len(times)) if times else None), usage
