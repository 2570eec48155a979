"""graphql-codegen, unmodified, reads the schema out of the running endpoint."""

import os
import subprocess
from pathlib import Path

from tests.clients.conversations import NODE
from tests.clients.world import KEY, OLD_KEY, World


def generate(world: World, key: str, out: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ENDPOINT": f"http://{world.host}/graphql", "API_KEY": key, "OUT": str(out)}
    command = ["../node_modules/.bin/graphql-codegen", "--config", "codegen.mjs"]
    return subprocess.run(
        command,
        cwd=NODE / "codegen",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_codegen_writes_types_from_the_endpoint(packages: None, world: World, tmp_path: Path) -> None:
    out = tmp_path / "schema.ts"
    done = generate(world, KEY, out)
    assert done.returncode == 0, done.stderr
    assert (
        "export type MutationSendArgs = {\n  body?: InputMaybe<Scalars['String']['input']>;"
        in out.read_text()
    )


def test_codegen_says_that_its_key_was_refused(packages: None, world: World, tmp_path: Path) -> None:
    done = generate(world, OLD_KEY, tmp_path / "schema.ts")
    assert done.returncode == 1
    assert "You are not authorized to make this call." in done.stdout + done.stderr
