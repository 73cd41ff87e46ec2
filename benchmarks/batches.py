"""Makes claim batches of any size for measuring: realistic mix, deterministic, no real person.

Sessions of 1 to 12 lines; half are visits, the rest imaging, therapy, injections, tests and, one
in twenty, surgery with several procedures; two lines in five carry a modifier, most of them for the
edits.
"""

from pathlib import Path
from random import Random

import polars as pl

#: Kinds of session: share in 1,000, codes, modifiers met (most lines have none), largest session.
_KINDS: tuple[tuple[int, tuple[str, ...], tuple[str, ...], int], ...] = (
    (520, ("99203", "99204", "99212", "99213", "99214", "99215"), ("25", "95"), 1),
    (60, ("99213", "99214", "20610", "20553", "64450", "J1100"), ("25", "RT", "LT", "50", "59"), 3),
    (110, ("97110", "97112", "97140", "97530", "97035"), ("GP", "59", "CQ"), 5),
    (110, ("71046", "72148", "73721", "74177", "70553", "77080"), ("26", "TC", "59"), 3),
    (60, ("93000", "93306", "93015", "93880", "93970"), ("26", "TC"), 3),
    (30, ("92133", "92134", "92250", "92083"), ("RT", "LT", "50"), 3),
    (60, ("62321", "62323", "64483", "64484", "64493", "64494", "77003"), ("50", "59", "XS"), 5),
    (30, ("45378", "45380", "45385", "43239", "43235"), ("59", "51"), 4),
    (20, ("29827", "29823", "22551", "22552", "27447", "63047"), ("80", "AS", "51", "59"), 12),
)
_PLACES = ("11", "11", "11", "11", "22", "24", "21", "02")
_TEMPLATES = 20_000
#: Codes billed in several units on a line, and the most that pass the medically unlikely edits.
_MOST_UNITS = {
    **dict.fromkeys(("97110", "97112", "97140", "97530", "J1100", "64450"), 4),
    **dict.fromkeys(("97035", "20610", "64484"), 2),
}
#: What sets a code of a pair apart: another site or session, or a visit of its own.
_APART, _OWN_VISIT = ("59", "XS"), "25"


def _template(random: Random, localities: list[str]) -> list[dict[str, str | int | None]]:
    """Make one session's lines: what repeats under other persons, dates and practitioners.

    Coded as a practice would, so that most lines pass the edits: a code once (and once for the
    assistant), units where they may be several, a modifier where a pair is apart.
    """
    _, codes, modifiers, most = random.choices(_KINDS, [kind[0] for kind in _KINDS])[0]
    place, locality = random.choice(_PLACES), random.choice(localities)
    roles = (None, *(each for each in modifiers if each in {"80", "AS"}))
    services = [(code, role) for role in roles for code in codes]
    size = min(most, len(services), 1 + int(random.expovariate(0.5)))
    lines: list[dict[str, str | int | None]] = []
    for at, (code, role) in enumerate(random.sample(services, size)):
        modified = random.random() < 0.2
        if code.startswith("99") and size > 1:
            modifier: str | None = _OWN_VISIT
        elif at and set(_APART) & {*modifiers} and random.random() < 0.8:
            modifier = random.choice([each for each in _APART if each in modifiers])
        else:
            modifier = random.choice(modifiers) if modified else None
        several = random.random() < 0.1 * len(codes) / 2 and code in _MOST_UNITS
        lines.append(
            {
                "hcpcs_code": code,
                "hcpcs_modifier_1": role or modifier,
                "hcpcs_modifier_2": modifier if role else "KX" if random.random() < 0.02 else None,
                "service_unit_quantity": random.randint(2, _MOST_UNITS[code]) if several else 1,
                "charge_amount": f"{random.randint(4_000, 300_000) / 100:.2f}",
                "place_of_service_code": place,
                "locality": locality,
            }
        )
    return lines


def make_batch(lines: int, *, localities: int = 20, days: int = 700, seed: int = 7) -> pl.DataFrame:
    """Give a batch of about so many lines, with the typed columns of a well-kept Parquet file.

    Dates of service are spread over so many days from 2025 on: more than 365 need two releases.
    """
    from payrules.schedules import load_schedules

    random = Random(seed)
    places = sorted(load_schedules().localities() - {"national"})[:localities]
    templates = [_template(random, places) for _ in range(_TEMPLATES)]
    flat = pl.DataFrame(
        [
            {"template": number, "claim_line_number": line + 1, **content}
            for number, session in enumerate(templates)
            for line, content in enumerate(session)
        ],
        infer_schema_length=None,
    ).with_columns(pl.col("charge_amount").cast(pl.Decimal(18, 2)))
    per_session = flat.height / _TEMPLATES
    sessions = int(lines / per_session) + 1
    number = pl.int_range(sessions, dtype=pl.Int64)
    who = pl.col("session")
    chosen = pl.select(session=number).with_columns(
        template=(who * 7_919 + seed) % _TEMPLATES,
        claim_id=pl.format("C{}", who + 10_000_000),
        # Persons come back: about four sessions each, spread over the year.
        person_id=pl.format("P{}", (who * 31 + seed) % (sessions // 4 + 1) + 10_000_000),
        claim_line_start_date=pl.date(2025, 1, 1) + pl.duration(days=(who * 11) % days),
        rendering_npi=pl.format("{}", 1_000_000_000 + (who * 13) % 3_000),
        billing_npi=pl.format("{}", 1_100_000_000 + (who * 13) % 300),
    )
    batch = chosen.join(flat, on="template", maintain_order="left_right").drop(
        "template", "session"
    )
    return batch.head(lines)


def in_sessions_of(size: int, lines: int) -> pl.DataFrame:
    """Give a batch whose sessions all have so many lines of surgery, imaging and therapy."""
    batch = make_batch(lines)
    session = pl.int_range(pl.len()) // size
    codes = pl.Series("codes", ["29827", "29823", "45385", "72148", "97110", "97140", "64493"])
    return batch.with_columns(
        pl.format("C{}", session).alias("claim_id"),
        (pl.int_range(pl.len()) % size + 1).alias("claim_line_number"),
        pl.format("P{}", session).alias("person_id"),
        pl.col("rendering_npi", "billing_npi", "locality", "place_of_service_code")
        .first()
        .over(session),
        pl.col("claim_line_start_date").first().over(session),
        pl.lit(codes).gather(pl.int_range(pl.len()) % len(codes)).alias("hcpcs_code"),
        pl.lit(None, dtype=pl.String).alias("hcpcs_modifier_1"),
    )


def batch_file(
    folder: Path, lines: int, *, localities: int = 20, days: int = 700, session: int = 0
) -> Path:
    """Give the Parquet file of a batch, made once; `session`: how many lines all sessions have."""
    path = folder / f"claims-{lines}-{localities}-{days}-{session}.parquet"
    if not path.exists():
        if session:
            batch = in_sessions_of(session, lines)
        else:
            batch = make_batch(lines, localities=localities, days=days)
        batch.write_parquet(path)
    return path
