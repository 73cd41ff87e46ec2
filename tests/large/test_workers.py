"""Workers: what they write is byte for byte what one process writes, whatever befalls them."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from payrules.cli.commands import cli
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.engine.rule import Adjustment, Rule, rule
from payrules.errors import PayrulesError, UsageError
from payrules.payers import Payer
from payrules.runs import large, part_sizes
from payrules.runs.estimate import estimate
from payrules.runs.in_parts import Outputs, estimate_in_parts, workers
from payrules.runs.in_parts.told import NoWorkersError, code_hash
from payrules.runs.part_sizes import lines_a_part_of, workers_for
from payrules.runs.parts_left import folder_of
from payrules.runs.setup import Setup
from payrules.testing import in_its_place
from tests.coverage.policies import written
from tests.every_way import batch, setup

ROOT = Path(__file__).parents[2]
PART = 150
#: Lines of a batch of which two parts are made.
FEW = 120
NAMES = ("lines", "adjustments", "rejects")
posix = pytest.mark.skipif(sys.platform != "linux", reason="signals, and processes in /proc")
#: A rule as a user writes it, in a module of its own.
BY_VIDEO = '''
"""By video: a contract that pays visits by video at 85 percent."""
import polars as pl
from payrules.dated import Dated
from payrules.engine.rule import Adjustment, rule, scale
SHARE = Dated({"2025-01-01": "0.85"}, cites="Acme contract 2025")

@rule(cites="Acme contract 2025", effective="2025-01-01", reads=("place_of_service_code",
      "service_date"))
def by_video(*, share: Dated = SHARE) -> Adjustment:
    """Visits by video are paid at 85 percent."""
    of_video = pl.col("place_of_service_code").is_in(["02", "10"])
    return Adjustment(
        among=of_video,
        outcomes=(scale(pl.lit(value=True), share.on(), "by video", carc="45"),),
    )
'''


def outputs(folder: Path, ending: str = ".parquet") -> Outputs:
    folder.mkdir(exist_ok=True)
    files = (folder / f"{name}{ending}" for name in NAMES)
    return Outputs(*files, folder / "run.json", folder / f"reversed{ending}")


def contents(found: Outputs) -> dict[str, bytes]:
    """Give the bytes of each output; of the run record all but when it ran and how long."""
    folder = found.lines.parent
    assert [each for each in folder.iterdir() if each.name.startswith(".")] == []
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps({**run, "at": "", "seconds": 0}), "utf-8")
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a batch in two files, and of all that is said of it."""
    folder = tmp_path_factory.mktemp("made")
    batch().head(250).write_csv(folder / "one.csv")
    batch().slice(250).write_parquet(folder / "two.parquet")
    return folder


def price(made: Path, found: Outputs, number: int, **how: Any) -> list[str]:
    """Price the batch by so many workers; give what was said on the way."""
    said: list[str] = []
    files = [made / "one.csv", made / "two.parquet"]
    estimate_in_parts(
        files, found, setup(made), lines_a_part=PART, workers=number, progress=said.append, **how
    )
    return said


@pytest.fixture(scope="module")
def alone(made: Path) -> dict[str, bytes]:
    """Give what one process writes."""
    said = price(made, found := outputs(made / "alone"), 1)
    assert said[0] == "checked 1 of 4"
    return contents(found)


def test_any_number_of_workers_writes_the_same_bytes(
    tmp_path: Path, made: Path, alone: dict[str, bytes]
) -> None:
    for number in (2, 3):
        said = price(made, found := outputs(tmp_path / str(number)), number)
        assert said[0] == f"{number} workers, up to 0.2 GB each"
        assert said[-1] == "priced 3 of 3"
        assert contents(found) == alone


def test_it_is_what_a_run_at_once_gives(made: Path, alone: dict[str, bytes]) -> None:
    wanted = estimate([made / "one.csv", made / "two.parquet"], setup(made))
    for name in (*NAMES, "reversed"):
        assert_frame_equal(pl.read_parquet(alone[f"{name}.parquet"]), getattr(wanted, name))
    run = json.loads(alone["run.json"])
    assert run == {**wanted.run.as_json(), "at": "", "seconds": 0}
    assert None not in (run["coverage"], run["against_paid"])
    assert run["counts"]["rejects"] > 0


def test_so_are_the_bytes_of_csv(tmp_path: Path, made: Path) -> None:
    found = [outputs(tmp_path / str(number), ".csv") for number in (1, 2)]
    for number, each in enumerate(found, 1):
        price(made, each, number)
    assert contents(found[0]) == contents(found[1])


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[range], list[bytes]]:
    """Kill the worker of some askings to price, once it has been asked; list what was asked."""

    def kill(which: range) -> list[bytes]:
        asked: list[bytes] = []
        ask = workers._Worker.asked

        def asked_and_killed(worker: workers._Worker, said: bytes) -> str:
            if said.startswith(b"priced"):
                asked.append(said)
                if len(asked) - 1 in which:
                    assert worker._process.stdin is not None
                    worker._process.stdin.write(said)
                    worker._process.stdin.flush()
                    worker._process.kill()
            return ask(worker, said)

        monkeypatch.setattr(workers._Worker, "asked", asked_and_killed)
        return asked

    return kill


def test_a_worker_that_is_killed_loses_nothing(
    tmp_path: Path, made: Path, alone: dict[str, bytes], killed: Callable[[range], list[bytes]]
) -> None:
    asked = killed(range(1))
    price(made, found := outputs(tmp_path / "killed"), 2)
    assert contents(found) == alone
    assert len(asked) == len(set(asked)) + 1 == 4


def test_workers_killed_again_and_again_end_the_run_in_a_sentence_and_it_is_resumed(
    tmp_path: Path,
    made: Path,
    alone: dict[str, bytes],
    killed: Callable[[range], list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = killed(range(2, 100))
    found = outputs(tmp_path / "killed")
    with pytest.raises(PayrulesError, match=r"^Worker processes were killed 3 times over the same"):
        price(made, found, 2)
    assert len(set(asked)) < len(asked) <= 6
    assert [each.name for each in found.lines.parent.iterdir()] == [folder_of(found.lines).name]
    monkeypatch.undo()
    price(made, found, 3, resume=True)
    assert contents(found) == alone


@pytest.mark.parametrize("differing", ["coverage policies", "payers"])
def test_a_stopped_run_is_not_resumed_with_other_policies_or_rules(
    tmp_path: Path, made: Path, of_a_user: Any, differing: str
) -> None:
    """Parts priced by the ones were mixed with parts priced by the others, in silence."""
    (tmp_path / "two.csv").write_bytes((made / "one.csv").read_bytes())
    acme = Payer("acme", "Acme", in_its_place(of_a_user.by_video))
    asked = Setup(payer=acme, locality="national")

    def stop(said: str) -> None:
        if said.startswith("priced"):
            raise KeyboardInterrupt

    found = outputs(tmp_path / "stopped")
    files = [tmp_path / "two.csv"], found
    with pytest.raises(KeyboardInterrupt):
        estimate_in_parts(*files, asked, lines_a_part=PART, progress=stop)
    if differing == "payers":
        (tmp_path / "acmes_rules.py").write_text(
            BY_VIDEO.replace('["02", "10"]', '["11"]'), "utf-8"
        )
        by_video = importlib.reload(of_a_user).by_video
        asked = replace(asked, payer=replace(acme, rules=in_its_place(by_video)))
    else:
        medicare = replace(asked.payer, plan="medicare")
        policies = read_policies([written(tmp_path)])
        asked = replace(asked, payer=medicare, covering=Covering(policies, True))
    with pytest.raises(UsageError, match=f"cannot be resumed: its {differing} differed"):
        estimate_in_parts(*files, asked, lines_a_part=PART, resume=True)


@pytest.mark.parametrize("folder", ["", "places_in_a_folder"])
def test_a_rule_is_another_when_what_it_calls_elsewhere_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    """Parts by a helper's old places of service were mixed with parts by its new, in silence."""
    name = f"rule_of_ours{len(folder)}"
    (tmp_path / folder).mkdir(exist_ok=True)
    helper, mine = tmp_path / folder / f"places_of_{name}.py", tmp_path / f"{name}.py"
    helper.write_text('PLACES = ["02"]\n', "utf-8")
    of = f"{folder}.{helper.stem}".strip(".")
    mine.write_text(f"from {of} import PLACES\n" + BY_VIDEO, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    decide = importlib.import_module(name).by_video.decide
    before = code_hash(decide)
    assert code_hash(decide) == before
    helper.write_text('PLACES = ["02", "10"]\n', "utf-8")
    assert code_hash(decide) != before


def fault_of(made: Path, found: Outputs, number: int, when: str, harm: Callable[[], object]) -> str:
    """Do harm at some step, and give the fault that the run ends with."""
    with pytest.raises(Exception) as fault:  # noqa: PT011 - which one it is, is what is compared
        estimate_in_parts(
            made / "claims.parquet",
            found,
            Setup(locality="national"),
            lines_a_part=FEW // 2,
            workers=number,
            progress=lambda said: harm() if said == when else None,
        )
    assert not found.lines.exists()
    return f"{type(fault.value).__name__}: {fault.value}".replace(str(found.lines.parent), "")


def test_a_fault_in_a_worker_is_told_as_without(tmp_path: Path, made: Path) -> None:
    """It is met again by the process that asked: its sentence, its type and where it happened."""

    def lost(found: Outputs) -> str:
        file = folder_of(found.lines) / "claims-1.parquet"
        return fault_of(made, found, int(found.lines.parent.name), "repeats 1 of 1", file.unlink)

    batch().head(FEW).write_parquet(made / "claims.parquet")
    one, two = (lost(outputs(tmp_path / str(number))) for number in (1, 2))
    assert one.replace("/1/.", "/2/.") == two
    assert "claims-1.parquet" in one


def test_a_batch_that_changes_is_told_in_one_sentence(tmp_path: Path, made: Path) -> None:
    batch().head(FEW).write_parquet(made / "claims.parquet")
    found = outputs(tmp_path / "changed")
    said = fault_of(made, found, 2, "2 workers, up to 0.2 GB each", (made / "claims.parquet").touch)
    assert said.startswith("ClaimsError: claims.parquet changed while it was being read;")
    assert [*found.lines.parent.iterdir()] == []


# -- rules that are told to workers, and those that cannot be ------------------------------------


@pytest.fixture
def of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a module with a rule, as a user writes it."""
    (tmp_path / "acmes_rules.py").write_text(BY_VIDEO, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("acmes_rules")
    sys.modules.pop("acmes_rules")


def by_rules(made: Path, folder: Path, number: int, *rules: Rule) -> dict[str, bytes]:
    """Price by rules of a payer's own, with the trail."""
    batch().head(FEW).write_parquet(made / "claims.parquet")
    found = replace(outputs(folder / str(number)), rejects=None, reversed=None)
    acme = Setup(payer=Payer("acme", "Acme contract 2025", in_its_place(*rules)))
    estimate_in_parts(made / "claims.parquet", found, acme, lines_a_part=FEW // 2, workers=number)
    return contents(found)


def test_a_users_rule_is_told_by_its_module(tmp_path: Path, made: Path, of_a_user: Any) -> None:
    one, two = (by_rules(made, tmp_path, number, of_a_user.by_video) for number in (1, 2))
    assert one == two
    steps = pl.read_parquet(one["adjustments.parquet"])
    assert steps.filter(pl.col("rule") == "by_video").height > 0


def test_a_rule_that_was_changed_since_it_was_read_is_not_mixed_with_what_it_was(
    tmp_path: Path, made: Path, of_a_user: Any
) -> None:
    one = by_rules(made, tmp_path, 1, of_a_user.by_video)
    changed = BY_VIDEO.replace('["02", "10"]', '["11"]')
    (tmp_path / "acmes_rules.py").write_text(changed, encoding="utf-8")
    with pytest.warns(UserWarning, match="Rule by_video of acmes_rules was changed while"):
        assert by_rules(made, tmp_path, 2, of_a_user.by_video) == one


def test_a_rule_that_nobody_else_knows_is_priced_by_one_process_which_says_so(
    tmp_path: Path, made: Path
) -> None:
    @rule(cites="a test", effective="1992-01-01", reads=())
    def of_this_test() -> Adjustment:
        """No line."""
        return Adjustment(among=pl.lit(value=False))

    one = by_rules(made, tmp_path, 1, of_this_test)
    with pytest.warns(UserWarning, match=r"^One process does it all, no workers: a rule is known"):
        assert by_rules(made, tmp_path, 2, of_this_test) == one


def test_where_no_worker_starts_one_process_does_it(
    tmp_path: Path, made: Path, alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.warns(UserWarning, match=r"no workers: a worker does not start \(No such file"):
        price(made, found := outputs(tmp_path / "one"), 2)
    assert contents(found) == alone
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(NoWorkersError, match="this program was not started by Python"):
        workers._Worker(1)


# -- how a run with workers ends -----------------------------------------------------------------

_RUN = """
import os, subprocess, sys
from payrules.runs.in_parts import workers
from payrules import __main__ as main
started = subprocess.Popen
class Told(started):
    def __init__(self, *arguments, **how):
        super().__init__(*arguments, **how)
        os.write(1, b"%d\\n" % self.pid)
subprocess.Popen = Told
ask = workers._Worker.asked
def asked(worker, said):
    answer = ask(worker, said)
    if said.startswith(b"priced"):
        os.write(1, b"priced\\n")  # whole: two threads say so, perhaps at once
    return answer
workers._Worker.asked = asked
from payrules.runs import in_parts
in_parts.estimate_in_parts.__kwdefaults__["lines_a_part"] = 30
sys.exit(main.main(["estimate", *sys.argv[1:]]))
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_its_run(tmp_path: Path, made: Path, number: int) -> None:
    lines = tmp_path / "lines.csv"
    asked = [made / "two.parquet", "--in-parts", "--workers", "2", "--lines", lines]
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, *map(str, asked)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(3)]
    assert told[2] == "priced"
    # As a terminal does: to the whole group.
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if number != signal.SIGKILL:
        first, second = err.strip().splitlines()
        assert first == "payrules: interrupted; no unfinished output was left."
        assert f"{folder_of(lines)}: go on with the same command and --resume" in second
    ends = time.monotonic() + 30
    while any(map(lives, told[:2])) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not any(map(lives, told[:2]))
    assert [each.name for each in tmp_path.iterdir()] == [folder_of(lines).name]


def lives(process: str) -> bool:
    """Whether a process is there, and no mere entry that nobody has asked after."""
    try:
        return Path("/proc", process, "stat").read_text(encoding="utf-8").split()[2] != "Z"
    except FileNotFoundError:
        return False


# -- how many ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "processors", "free", "asked", "wanted"),
    [
        (499_999, 8, 10**11, None, 1),
        (500_000, 8, 10**11, None, 2),
        (30_000_000, 8, 10**11, None, 8),
        (30_000_000, 1, 10**11, None, 1),
        (30_000_000, 8, 3 * 10**9, None, 3),  # 1 GB each
        (2_000_000, 8, 3 * 10**9, None, 5),  # of smaller parts 0.6 GB
        (30_000_000, 8, 10**8, None, 1),
        (30_000_000, 8, None, None, 2),  # the system does not say
        (30_000_000, 1, 10**8, 6, 6),
        (500_000, 8, 10**11, 6, 2),  # never more than parts
        (249_999, 8, 10**11, 6, 1),
    ],
)
def test_workers_are_as_many_as_processors_memory_and_parts(
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    processors: int,
    free: int | None,
    asked: int | None,
    wanted: int,
) -> None:
    monkeypatch.setattr(part_sizes, "free_memory", lambda: free)
    monkeypatch.setattr(pl, "thread_pool_size", lambda: processors)
    assert workers_for(rows, lines_a_part_of(rows), asked) == wanted


@pytest.mark.parametrize(
    ("rows", "each"),
    [(1, 250_000), (2_000_000, 250_000), (3_000_000, 375_000), (4_000_000, 500_000)],
)
def test_parts_are_smaller_where_there_are_few(rows: int, each: int) -> None:
    assert lines_a_part_of(rows) == each


@pytest.mark.parametrize(
    ("rows", "processors", "asked", "in_parts"),
    [
        (499_999, 8, 4, False),  # parts would not pay, whoever asks
        (1_000_000, 3, None, False),
        (1_000_000, 4, None, True),
        (999_999, 8, None, False),  # three parts
        (1_000_000, 8, 1, False),
        (1_000_000, 1, 2, True),
    ],
)
def test_a_batch_that_memory_holds_goes_in_parts_where_workers_are_sooner(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    processors: int,
    asked: int | None,
    in_parts: bool,
) -> None:
    for module in (large, part_sizes):
        monkeypatch.setattr(module, "free_memory", lambda: 10**12)
    monkeypatch.setattr(pl, "thread_pool_size", lambda: processors)
    monkeypatch.setattr(large, "_lines_in", lambda _: rows)
    (tmp_path / "claims.csv").touch()
    found = large.is_large([tmp_path / "claims.csv"], trail=False, workers=asked)
    assert found is in_parts


def test_no_worker_is_started_for_one_part(
    tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_Worker", None)
    said = CliRunner().invoke(
        cli,
        [
            *("estimate", str(made / "two.parquet"), "--in-parts", "--workers", "4"),
            *("--lines", str(tmp_path / "lines.csv")),
        ],
    )
    assert said.exit_code in {0, 1}, said.output
    assert (tmp_path / "lines.csv").exists()


@pytest.mark.parametrize("wanted", [["--output", "a.xlsx"], ["--facility"], ["--minimal"]])
def test_what_workers_cannot_write_is_refused(
    tmp_path: Path, made: Path, wanted: list[str]
) -> None:
    asked = ["estimate", str(made / "two.parquet"), "--lines", str(tmp_path / "lines.csv")]
    wanted = [str(tmp_path / each) if each.endswith("xlsx") else each for each in wanted]
    said = CliRunner().invoke(cli, [*asked, *wanted, "--workers", "2"], standalone_mode=False)
    assert isinstance(said.exception, UsageError)
    assert "A run in parts, or by workers, writes --lines" in str(said.exception)
