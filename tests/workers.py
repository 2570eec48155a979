"""How tests are dealt out to the workers of pytest-xdist: what shares a world together, what is long first.

What is dealt out is a file, since most servers and stacks are made once for a file; or whole folders, where a
world takes so long to come that one worker only is to have it.
"""

from collections.abc import Mapping

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no stubs

WORLDS: Mapping[str, str] = {
    "tests/browser": "the cloud",
    "tests/clients": "clients",  # all stories begin at once, whichever is asked for first
    "tests/deployed": "deployed",
    "tests/flows": "the cloud",
    "tests/layers": "layers",
    "tests/localcloud/audits": "audits",
}
"""By folder. The tests of a folder that is not here are together with those of their own file."""

ALONE = frozenset({"tests/flows/test_restarting.py"})
"""Files of these folders that have a world of their own."""

LONGEST = (
    "deployed",
    "tests/deploying/test_deploying.py",
    "layers",
    "the cloud",
    "tests/flows/test_restarting.py",
    "tests/appsync/test_template_lint.py",
    "tests/deploying/test_cli_deploying.py",
    "tests/image/test_image.py",
    "tests/localcloud/appsync/test_appsync_crowd.py",
    "tests/deploying/test_destroying.py",
    "tests/permissions/test_observed.py",
    "tests/localcloud/stack/test_ministack.py",
    "tests/localcloud/stack/test_launcher.py",
)
"""What takes longest begins first, so that no worker is left with it when the others are done.

Layers are not at the very beginning: `deployed` builds some, and two workers would wait for each other.
"""


class Worlds(LoadScopeScheduling):  # type: ignore[misc]  # likewise
    """The order of the collection is that of the work, see `rank`."""

    def _split_scope(self, nodeid: str) -> str:
        return world(nodeid)


def world(nodeid: str) -> str:
    """The name of what a test is dealt out with."""
    file = nodeid.partition("::")[0]
    return file if file in ALONE else WORLDS.get(file.rpartition("/")[0], file)


def rank(nodeid: str) -> int:
    """The long ones, longest first, are before all others."""
    name = world(nodeid)
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)
