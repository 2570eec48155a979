"""What has to hold of a zip archive before it is unpacked, which is in memory only."""

import io
import zipfile

from chalicelib.errors import TooLarge, Unreadable

MAX_BYTES = 400 * 1024 * 1024
MAX_MEMBERS = 20_000
MAX_RATIO = 250
_SMALL = 20 * 1024 * 1024  # below this no ratio is harmful


def check(data: bytes) -> list[str]:
    """The members' names. Raises TooLarge for what would unpack to too much, Unreadable for what is broken.

    Declared sizes can be trusted as bounds: zipfile never unpacks more of a member than it declares.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable("the archive is broken") from error
    if any(each.flag_bits & 1 for each in members):
        raise Unreadable("the archive is protected with a password")
    _check_sizes(len(members), sum(each.file_size for each in members), len(data))
    return [each.filename for each in members]


def _check_sizes(members: int, unpacked: int, packed: int) -> None:
    if members > MAX_MEMBERS:
        raise TooLarge(f"the archive has {members} members; the limit is {MAX_MEMBERS}")
    if unpacked > MAX_BYTES or unpacked > max(_SMALL, MAX_RATIO * packed):
        raise TooLarge(f"the archive unpacks to {unpacked} bytes from {packed}, more than is safe to read")
