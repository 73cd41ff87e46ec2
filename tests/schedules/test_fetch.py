"""Fetching a release, against a server on this computer that breaks off, stalls and lies."""

import errno
import io
import os
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from payrules.errors import ScheduleError, UsageError
from payrules.schedules import fetch as fetching
from payrules.schedules import load_schedules
from payrules.schedules.fetch import fetch, terms
from tests.schedules.conftest import Maker

PAGE = "/medicare/payment/fee-schedules/physician/pfs-relative-value-files/rvu25d"
ZIP = "/files/zip/rvu25d-0.zip"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A stand-in for CMS's site: each address has its answers, the last of which stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                answers = site.answers.get(self.path)
                if not answers:
                    self.send_error(404)
                    return
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def archive(release: Maker) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in release().iterdir():
            zipped.writestr(file.name, file.read_bytes())
    return packed.getvalue()


def page(text: str, status: int = 200) -> Answer:
    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        asked.send_header("Content-Type", "text/html; charset=utf-8")
        asked.send_header("Content-Length", str(len(text)))
        asked.end_headers()
        asked.wfile.write(text.encode())

    return answer


def file(content: bytes, *, breaks_at: int | None = None, sized: bool = True) -> Answer:
    """Send a file, with or without its size; break the line after some bytes of it."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        sent = content[:breaks_at]
        asked.protocol_version = "HTTP/1.1"
        asked.close_connection = True
        asked.send_response(200)
        asked.send_header("Content-Type", "application/zip")
        if sized:
            asked.send_header("Content-Length", str(len(content)))
        else:
            asked.send_header("Transfer-Encoding", "chunked")
        asked.end_headers()
        asked.wfile.write(sent if sized else b"%x\r\n%b\r\n" % (len(sent), sent))
        if not sized and breaks_at is None:
            asked.wfile.write(b"0\r\n\r\n")
        asked.close_connection = True

    return answer


LINK = page(f'<a href="/other.zip">x</a><a class="b" href="{ZIP}">2025D</a>')


def fetched(site: Site, folder: Path, **how: object) -> fetching.Fetched:
    waits: list[float] = []
    terms_of_call = {"accept_license": True, "site": site.url, "wait": waits.append} | how
    return fetch("2025D", folder, **terms_of_call)  # type: ignore[arg-type]


def test_release_is_found_on_its_page_and_imported(
    site: Site, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(downloads))
    site.answers = {PAGE: [LINK], ZIP: [file(archive)]}
    heard: list[tuple[int, int | None]] = []
    found = fetched(site, tmp_path, progress=lambda so_far, whole: heard.append((so_far, whole)))
    assert (found.url, found.size) == (site.url + ZIP, len(archive))
    assert heard[-1] == (len(archive), len(archive))
    assert load_schedules(tmp_path).named("2025D").codes.height == 3
    assert not list(downloads.iterdir())
    assert fetched(site, tmp_path).imported.unchanged


@pytest.mark.parametrize(
    "link",
    [
        'href="https://127.0.0.1/apps/ama/license.asp?file=/files/zip/rvu25d-0.zip"',
        "href='/files/zip/rvu25c.zip' href = '/files/zip/rvu25d-0.zip'",
    ],
)
def test_links_as_cms_writes_them(link: str, site: Site, archive: bytes, tmp_path: Path) -> None:
    site.answers = {PAGE: [page(f"<a {link}>2025D</a>")], ZIP: [file(archive)]}
    assert fetched(site, tmp_path).url == site.url + ZIP


def test_nothing_is_asked_before_the_licence_is_accepted(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"AMA.*ADA.*--accept-license"):
        fetched(site, tmp_path / "store", accept_license=False)
    assert site.asked == []
    assert not (tmp_path / "store").exists()
    for words in (
        "copyright of the AMA",
        "copyright of the ADA",
        "pfs-relative-value-files/rvu25d",
    ):
        assert words in terms("2025D")


@pytest.mark.parametrize("name", ["2025", "2025E", "starter-2025", "25D", ""])
def test_names_that_are_no_release(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a CMS release"):
        fetch(name, tmp_path, accept_license=True)


@pytest.mark.parametrize("sized", [True, False])
def test_broken_download_begins_anew(
    sized: bool, site: Site, archive: bytes, tmp_path: Path
) -> None:
    half = len(archive) // 2
    broken, whole = (file(archive, breaks_at=at, sized=sized) for at in (half, None))
    site.answers = {PAGE: [LINK], ZIP: [broken, whole]}
    assert fetched(site, tmp_path).size == len(archive)
    assert site.asked == [PAGE, ZIP, ZIP]


def test_parts_of_two_versions_are_never_joined(site: Site, archive: bytes, tmp_path: Path) -> None:
    other = archive[:-1] + bytes([archive[-1] ^ 1])
    site.answers = {PAGE: [LINK], ZIP: [file(other, breaks_at=200), file(archive)]}
    assert fetched(site, tmp_path).size == len(archive)


@pytest.mark.parametrize(
    ("sized", "said"), [(True, r"after 100 of \d+ bytes"), (False, "after 100 bytes")]
)
def test_download_that_always_breaks(
    sized: bool, said: str, site: Site, archive: bytes, tmp_path: Path
) -> None:
    site.answers = {PAGE: [LINK], ZIP: [file(archive, breaks_at=100, sized=sized)]}
    with pytest.raises(ScheduleError, match=rf"broke off 5 times[\s\S]*{said}[\s\S]*import FILE"):
        fetched(site, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_no_room_for_the_download(
    site: Site, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full is not a line that broke: it is said at once."""
    site.answers = {PAGE: [LINK], ZIP: [file(archive)]}
    opened = Path.open

    def full(self: Path, *how: Any, **further: Any) -> Any:
        if self.suffix == ".zip":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(self, *how, **further)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(ScheduleError, match="download of 2025D cannot be saved"):
        fetched(site, tmp_path)
    assert site.asked == [PAGE, ZIP]


def test_server_that_fails_for_a_while(site: Site, archive: bytes, tmp_path: Path) -> None:
    waits: list[float] = []
    site.answers = {
        PAGE: [page("busy", 503), page("slow down", 429), LINK],
        ZIP: [page("gone bad", 502), file(archive)],
    }
    fetched(site, tmp_path, wait=waits.append)
    assert waits == [2.0, 4.0, 2.0]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "could not be downloaded: 404"),
        ({PAGE: [page("busy", 503)]}, "could not be downloaded: 503"),
        ({PAGE: [page("<a href='/files/zip/rvu26d.zip'>")]}, "no link to a ZIP of 2025D"),
        ({PAGE: [LINK], ZIP: [page("<html>I accept")]}, "answered with a web page"),
        ({PAGE: [LINK], ZIP: [file(b"PK\3\4 not a zip")]}, "sent a damaged ZIP"),
    ],
)
def test_wrong_answers(
    answers: dict[str, list[Answer]], said: str, site: Site, tmp_path: Path
) -> None:
    site.answers = answers
    with pytest.raises(ScheduleError, match=said):
        fetched(site, tmp_path)
    assert load_schedules(tmp_path).releases == ()


def test_damaged_member_is_found_and_forgotten(site: Site, archive: bytes, tmp_path: Path) -> None:
    damaged = bytearray(archive)
    damaged[100] ^= 0xFF  # inside the first member's bytes
    site.answers = {PAGE: [LINK], ZIP: [file(bytes(damaged)), file(archive)]}
    with pytest.raises(ScheduleError, match="sent a damaged ZIP"):
        fetched(site, tmp_path)
    fetched(site, tmp_path)
    assert load_schedules(tmp_path).named("2025D").codes.height == 3


def test_another_release_is_not_kept(site: Site, archive: bytes, tmp_path: Path) -> None:
    site.answers = {ZIP: [file(archive)]}
    with pytest.raises(ScheduleError, match=r"sent as 2025C is release 2025D"):
        fetch("2025C", tmp_path, accept_license=True, url=site.url + ZIP)
    assert load_schedules(tmp_path).releases == ()


def test_endless_answer_is_stopped(
    site: Site, archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_MOST_BYTES", 300)
    site.answers = {PAGE: [LINK], ZIP: [file(archive)]}
    with pytest.raises(ScheduleError, match="no release is that large"):
        fetched(site, tmp_path)


def test_no_server_at_all(site: Site, tmp_path: Path) -> None:
    waits: list[float] = []
    with pytest.raises(ScheduleError, match=r"could not be downloaded[\s\S]*schedules import FILE"):
        fetch("2025D", tmp_path, accept_license=True, site="http://127.0.0.1:9", wait=waits.append)
    assert len(waits) == 4


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/rvu25d.zip", "rvu25d.zip"])
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a web address"):
        fetch("2025D", tmp_path, accept_license=True, url=url)
