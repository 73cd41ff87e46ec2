"""Downloads a release from CMS's site: once the licences are accepted, tried again, checked."""

import re
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from payrules.errors import ScheduleError, UsageError
from payrules.frozen import frozen
from payrules.schedules.entries import Imported
from payrules.schedules.importing import import_schedule
from payrules.schedules.store import default_folder, load_entries, remove
from payrules.terminal import escaped

_SITE = "https://www.cms.gov"
_PAGE = "/medicare/payment/fee-schedules/physician/pfs-relative-value-files/"
_RELEASE = re.compile(r"20(\d\d)([A-D])(R\d*)?", re.I)
#: A release is some 8 MB; a page some 200 kB.
_MOST_BYTES = 200_000_000
_MOST_OF_A_PAGE = 5_000_000
_CHUNK = 1 << 16
_TRIES = 5
_TIMEOUT_SECONDS = 60
_TRY_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))

TERMS = """\
CMS offers these files to anyone who accepts the licenses of the American Medical Association (AMA)
and the American Dental Association (ADA), shown on CMS's own page before the download:

  CPT codes, descriptions and other data are copyright of the AMA; all rights reserved. CPT is a
  trademark of the AMA. You may use the CPT content of these files only for your own work inside
  your organization in the United States, for programs that CMS administers. You may not copy it
  for others, sell it, build it into a product, or remove its notices without a license from the
  AMA. Government use is limited by FARS and DFARS. CPT is provided as is; the AMA and CMS accept
  no liability for its use, and the AMA recommends no fees.

  CDT codes (those that begin with D) are copyright of the ADA, under similar terms.

You are bound by the licenses themselves, not by this summary: {page}
payrules keeps these files' codes and numbers on this computer, but no descriptions."""


@frozen
class Fetched:
    """A release that was downloaded and imported: where from, and how many bytes."""

    url: str
    size: int
    imported: Imported


def terms(name: str) -> str:
    """Give the terms a user must accept before a release is fetched, in our own words."""
    return TERMS.format(page=escaped(_page(name, _SITE)))


def fetch(
    name: str,
    folder: Path | None = None,
    *,
    accept_license: bool,
    url: str | None = None,
    site: str = _SITE,
    progress: Callable[[int, int | None], None] | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Download a release (`2026D`, `2024AR`) from CMS's site and import it.

    The download's link is taken from the release's page, because CMS renames corrected files;
    `url` names the ZIP itself. A download that breaks off begins anew: a release is some 8 MB.
    `progress` hears of bytes so far and in all. UsageError without `accept_license`; ScheduleError
    if the site does not answer, or answers with something that is not this release.
    """
    matched = _RELEASE.fullmatch(name)
    if not matched:
        raise UsageError(f"'{name}' is not a CMS release; name one such as 2026D or 2024AR.")
    if not accept_license:
        raise UsageError(
            "Nothing was downloaded: the AMA and ADA licenses must be accepted first. To accept "
            f"them (see {_page(name, _SITE)}), add --accept-license."
        )
    name = name.upper()
    folder = folder or default_folder()
    if url is None:
        url = _link(name, site, wait)
    if urlsplit(url).scheme not in {"https", "http"}:
        raise UsageError(f"'{url}' is not a web address; write one that begins with https://.")
    try:
        with tempfile.TemporaryDirectory(prefix="payrules-") as made:
            zipped = Path(made) / f"{name}.zip"
            size = _download(url, zipped, progress, wait)
            _must_be_a_zip(url, zipped)
            imported = _import(zipped, folder, name)
    except OSError as fault:
        raise ScheduleError(
            f"The download of {name} cannot be saved in the system's folder for temporary files:"
            f" {fault.strerror or fault}."
        ) from fault
    return Fetched(url, size, imported)


def _short(name: str) -> str:
    matched = _RELEASE.fullmatch(name)
    return f"rvu{matched[1]}{matched[2]}{matched[3] or ''}".lower() if matched else name


def _page(name: str, site: str) -> str:
    return f"{site}{_PAGE}{_short(name)}"


def _link(name: str, site: str, wait: Callable[[float], None]) -> str:
    """Find the release's ZIP on its page: rvu26c.zip, or rvu26c-updated-06-30-2026.zip."""
    page = _page(name, site)
    with _opened(page, wait) as answer:
        text = answer.read(_MOST_OF_A_PAGE).decode("utf-8", errors="replace")
    # The licence page may stand between, with the file's own path in its query.
    links: list[str] = re.findall(r"""(?:href\s*=\s*["']|[?&]file=)([^"'&?=]+\.zip)""", text, re.I)
    of_release = [link for link in links if re.search(rf"/{_short(name)}(?![a-z0-9])", link, re.I)]
    if not of_release:
        raise ScheduleError(
            f"{page} has no link to a ZIP of {name}; if CMS offers it elsewhere, give its "
            "address with --url, or download it and run: payrules schedules import FILE"
        )
    return urljoin(page, of_release[0])


def _download(
    url: str,
    zipped: Path,
    progress: Callable[[int, int | None], None] | None,
    wait: Callable[[float], None],
) -> int:
    """Bring the whole file to disk, and tell its size."""
    for attempt in range(1, _TRIES + 1):
        with _opened(url, wait) as answer:
            length = answer.headers.get("Content-Length")
            whole = int(length) if length and length.isdigit() else None
            _must_be_expected(url, answer, whole)
            size, is_whole = _written(answer, zipped, whole, progress)
        if is_whole:
            return size
        if attempt < _TRIES:
            wait(2.0**attempt)
    of_whole = "" if whole is None else f" of {whole:,}"
    raise ScheduleError(
        f"{url} broke off {_TRIES} times, the last time after {size:,}{of_whole} bytes. Try "
        "again later, or download the ZIP in a browser and run: payrules schedules import FILE"
    )


def _written(
    answer: HTTPResponse,
    zipped: Path,
    whole: int | None,
    progress: Callable[[int, int | None], None] | None,
) -> tuple[int, bool]:
    """Write what comes; tell how many bytes came, and whether they are all there are."""
    size = 0
    with zipped.open("wb") as file:
        while True:
            try:
                chunk = answer.read1(_CHUNK)
            except (HTTPException, OSError):  # the line; a fault of the disk is raised
                return size, False
            if not chunk:
                return size, whole in {None, size}
            file.write(chunk)
            size += len(chunk)
            if size > _MOST_BYTES:
                raise ScheduleError(
                    f"The download is larger than {_MOST_BYTES:,} bytes; no release is that large."
                )
            if progress:
                progress(size, whole)


def _must_be_expected(url: str, answer: HTTPResponse, whole: int | None) -> None:
    kind = answer.headers.get_content_type()
    if kind.startswith("text/"):
        raise ScheduleError(
            f"{url} answered with a web page, not a ZIP: perhaps CMS's license page. Download it "
            "in a browser and run: payrules schedules import FILE"
        )
    if whole is not None and whole > _MOST_BYTES:
        raise ScheduleError(f"{url} has {whole:,} bytes; no release is that large.")


def _opened(url: str, wait: Callable[[float], None]) -> HTTPResponse:
    """Ask for an address, again where the fault may pass."""
    request = urllib.request.Request(url, headers={"User-Agent": "payrules"})
    said = ""
    for attempt in range(1, _TRIES + 1):
        try:
            answer: HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
        except urllib.error.HTTPError as fault:
            fault.close()
            said = f"{fault.code} {fault.reason}"
            if fault.code not in _TRY_AGAIN:
                break
        except (HTTPException, OSError) as fault:
            said = str(getattr(fault, "reason", fault)) or type(fault).__name__
        else:
            return answer
        if attempt < _TRIES:
            wait(2.0**attempt)
    raise ScheduleError(
        f"{url} could not be downloaded: {said}. Without a connection, download the ZIP "
        "elsewhere and run: payrules schedules import FILE"
    )


def _must_be_a_zip(url: str, zipped: Path) -> None:
    """Refuse what is no whole ZIP: every member is read against its checksum."""
    try:
        with zipfile.ZipFile(zipped) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        damaged = zipped.name
    if damaged:
        raise ScheduleError(f"{url} sent a damaged ZIP ({damaged}). Run it again.")


def _import(zipped: Path, folder: Path, name: str) -> Imported:
    """Import the download, and take it back if it is another release than the one asked for."""
    imported = import_schedule(zipped, folder, name)
    releases, _ = load_entries(folder)
    (release,) = [each for each in releases if each.name == imported.name]
    day = release.published_for
    found = f"{day.year}{'ABCD'[(day.month - 1) // 3]}"
    if not name.startswith(found):
        if not imported.unchanged:
            remove(imported.name, folder)
        raise ScheduleError(f"The file sent as {name} is release {found}; nothing was imported.")
    return imported
