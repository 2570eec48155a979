"""What of the wheels no function uses, by package, and its removal.

Patterns are of `fnmatch`, where `*` also crosses folders. A pattern that matches nothing fails the build: it
would hide that a package has moved what was removed before.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from types import MappingProxyType

from appsync.layers.errors import LayerFailed
from appsync.layers.tree import Tree

_EVERYWHERE = (
    "*.dist-info/sboms/*", "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED",
    "*/tests/*", "*/conftest.py", "*.pyi", "*.pyx", "*.pxd", "*.pxi", "*.h",
    "*.hpp", "*.cpp", "*.c", "*.cc", "*.a",
)  # fmt: skip
"""What only builds, checks types or tests; records of files that are not there any more, and of what machine
code was made from."""

LICENCES = ("license*", "licence*", "copying*", "notice*", "authors*")
"""Files of these names, in any case, stay whatever else is left out: the layers pass on others' work."""

SERVICES = ("bedrock-runtime", "dynamodb", "s3", "sqs")
"""What the product has clients of."""

UNUSED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "boto3": ("boto3/data/*", "boto3/examples/*"),
        "botocore": ("botocore/data/*/*",),
        # Arrow's other formats, its file systems and its RPC: LanceDB reads and writes by itself.
        "pyarrow": (
            "pyarrow/include/*", "pyarrow/includes/*", "pyarrow/src/*",
            "pyarrow/*flight*", "pyarrow/*orc*", "pyarrow/*parquet*", "pyarrow/*substrait*",
            "pyarrow/*dataset*", "pyarrow/*feather*", "pyarrow/*csv*", "pyarrow/*json*",
            "pyarrow/interchange/*", "pyarrow/*cuda*", "pyarrow/gandiva.*", "pyarrow/_hdfs.*",
            "pyarrow/_azurefs.*", "pyarrow/_gcsfs.*", "pyarrow/*s3*", "pyarrow/_pyarrow_cpp_tests.*",
            "pyarrow/libarrow_python.so", "pyarrow/libarrow_python.so.*.*.*",
        ),
        "numpy": (
            "numpy/f2py/*", "numpy/_core/include/*", "numpy/_core/lib/*", "numpy/_core/_simd.*",
            "numpy/_core/_*_tests.*", "numpy/_pyinstaller/*", "numpy/random/*", "numpy/fft/*",
            "numpy/polynomial/*", "numpy/testing/*",
        ),
        # Models of its first version, and its plug-in for a type checker.
        "pydantic": ("pydantic/v1/*", "pydantic/mypy.*"),
        "backports-zstd": ("backports/zstd/tarfile.*", "backports/zstd/zipfile/*"),
        # The product's retrieval/importing.py stands in for it.
        "lance-namespace-urllib3-client": ("lance_namespace_urllib3_client/*",),
        "aws-lambda-powertools": ("aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",
                                  "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css"),
        "babel": ("babel/locale-data/*",),
        "lxml": (
            "lxml/includes/*", "lxml/isoschematron/*", "lxml/objectify.*",
            "lxml/html/_difflib.*", "lxml/html/diff.*",
        ),
        "olefile": ("olefile/olefile2.*",),  # for Python 2, whose syntax it has
        "pillow": ("PIL/*", "pillow.libs/*"),
        "python-docx": ("docx/templates/default-docx-template/*",),
        "pypdfium2": ("pypdfium2_cli/*",),
        "dateparser": ("dateparser_cli/*", "dateparser_scripts/*"),
    }
)  # fmt: skip

USED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "boto3": ("boto3/data/dynamodb/*",),
        "botocore": tuple(f"botocore/data/{service}/*" for service in SERVICES),
        "babel": ("babel/locale-data/root.dat", "babel/locale-data/en.dat"),
    }
)
"""Exceptions."""


def prune(tree: Tree) -> None:
    """Deletes what is named above. Raises LayerFailed when a package has nothing that a pattern names."""
    owners = dict(tree.owners)
    for path, package in owners.items():
        if _is_left_out(path, package):
            tree.delete(path)
    _check(owners)


def _is_left_out(path: str, package: str) -> bool:
    unused = _named(path, (*_EVERYWHERE, *UNUSED.get(package, ())))
    return unused and not _named(path, USED.get(package, ())) and not _is_licence(path)


def _is_licence(path: str) -> bool:
    """Whether it is the text of a licence, and not a module or data about licences."""
    name = PurePosixPath(path).name.lower()
    return _named(name, LICENCES) and not name.endswith((".py", ".pyc", ".gz", ".json"))


def _named(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _check(owners: Mapping[str, str]) -> None:
    for package in set(owners.values()) & UNUSED.keys():
        paths = [path for path, owner in owners.items() if owner == package]
        for pattern in (*UNUSED[package], *USED.get(package, ())):
            if not any(fnmatchcase(path, pattern) for path in paths):
                raise LayerFailed(
                    f"{package} has no {pattern} any more: look again at what of it is left out"
                )
