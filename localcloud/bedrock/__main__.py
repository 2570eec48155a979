"""`python -m localcloud.bedrock`: serves the Bedrock runtime on this machine only."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from localcloud.bedrock.app import Lifespan, create
from localcloud.bedrock.backends import Backend, WrongModel, chat_model
from localcloud.bedrock.embedding import Embedder
from localcloud.bedrock.faults import Faults
from localcloud.bedrock.runtime import Runtime
from localcloud.bedrock.weights import ModelFilesMissing, locate


def main() -> None:
    arguments = _arguments()
    try:
        backend = Backend.parse(os.environ.get("RIFFLE_MODEL"))
        locate()
    except (WrongModel, ModelFilesMissing) as error:
        sys.exit(str(error))
    faults = Faults() if arguments.faults else None
    app = create(_lifespan(backend, arguments.chat_model or backend.model_id, arguments.cache, faults))
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning", timeout_graceful_shutdown=2)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localcloud.bedrock", description=__doc__)
    parser.add_argument("--port", type=int, default=4568)
    parser.add_argument(
        "--cache", type=Path, default=Path(".riffle/models"), help="where the model's graph is kept"
    )
    parser.add_argument("--chat-model", metavar="ID", help="the id to ask for, instead of the model's own")
    parser.add_argument("--faults", action="store_true", help="let tests ask for failures at /_faults")
    return parser.parse_args()


def _lifespan(backend: Backend, model_id: str, cache: Path, faults: Faults | None) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Runtime]]:
        embedder = await asyncio.to_thread(Embedder, cache)
        chat = chat_model(backend, embedder, os.environ)
        yield {"runtime": Runtime(embedder, {model_id: chat}, backend.kind, faults)}
        await chat.close()
        embedder.close()

    return lifespan


main()
