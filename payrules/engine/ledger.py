"""What rules did to the lines so far: decisions applied, rounded and recorded, nowhere else.

Lines that an edit took out are not shown to later rules, so they can never rank or trigger a
reduction.
"""

from datetime import date

import polars as pl

from payrules import money
from payrules.claims.columns import RESULTS
from payrules.dated import PROCESSED
from payrules.engine.global_surgery import CARE_ONLY
from payrules.engine.known import Known, only
from payrules.engine.rule import (
    BUNDLED,
    BY_REPORT,
    DENIED,
    NOT_ON_SCHEDULE,
    PRICED,
    STATE,
    STATUSES,
    Adjustment,
    Outcome,
    Rule,
)
from payrules.engine.trail import Trail, said_in_trail
from payrules.errors import RuleError
from payrules.fees import formula
from payrules.fees.other_schedules import PHYSICIANS
from payrules.fees.words import limits_in_words, words_of
from payrules.few import select

#: What the amounts of the results are made of.
_AMOUNTS = (
    "allowed_amount",
    "limiting_charge",
    "fee_schedule_amount",
    "anesthesia_amount",
    "deductible_amount",
    "coinsurance_amount",
    "primary_payer_adjustment",
    "amount_before_mips",
    "amount_after_mips",
    "sequestration_amount",
    "amount",
    "patient_amount",
)
#: Results of few words, as categories of one dictionary.
WORDS = pl.Categorical(pl.Categories("results", "payrules"))


class Ledger:
    """The lines and their state, the remarks and reasons rules left on them, and the trail."""

    def __init__(
        self, known: Known, *, keep_trail: bool, release_cites: tuple[str, date] | None = None
    ) -> None:
        self.known = known
        self._release_cites = release_cites
        self._keep_trail = keep_trail
        #: The lines that each rule looks at; None where nobody asked.
        self.looked_at: dict[str, pl.Series] | None = None
        self._codes = pl.Series([0], dtype=pl.UInt32).new_from_index(0, known.height)
        self._code_pairs: list[tuple[str | None, str | None]] = [(None, None)]
        self._trail: Trail | None = None
        self._notes: list[tuple[pl.DataFrame, bool]] = []  # and whether they are of the amount
        self._reasons: list[pl.DataFrame] = []
        #: The lines that were asked when they were processed.
        self._asked: pl.Series | None = None
        self._allowed_is_final = False
        self._open()

    def _open(self) -> None:
        """Write step 0: the fee schedule amount of one unit, or why there is none."""
        amount, beyond = self._within_reason(self.known.column("fee_schedule_amount"))
        unpriced = self.known.column("is_unpriced")
        begun = pl.DataFrame([amount, unpriced, beyond]).select(
            *(
                pl.col("fee_schedule_amount").alias(name)
                for name in ("amount", "first_unit_amount", "later_unit_amount")
            ),
            status=pl.when("is_unpriced")
            .then(pl.lit(NOT_ON_SCHEDULE, dtype=pl.UInt8))
            .when("beyond")
            .then(pl.lit(BY_REPORT, dtype=pl.UInt8))
            .otherwise(pl.lit(PRICED, dtype=pl.UInt8)),
            ranked_units=pl.lit(1, dtype=pl.Int64),
            unit_factor=pl.lit(money.WHOLE, dtype=pl.Int64),
            units_used_up=pl.lit(value=False),
            first_technical_reduced=pl.lit(value=False),
            later_technical_reduced=pl.lit(value=False),
        )
        self.known.columns |= {each.name: each for each in begun.get_columns()}
        if beyond.any():
            said = pl.lit(f"units × fee exceed ${money.MOST_CENTS // 100:,}: check both")
            self._reasons.append(pl.select(row=beyond.arg_true(), text=said))
        rows = self.known.lines_of(self.known.fees["is_unpriced"])
        if len(rows):
            self._reasons.append(self.known.texts_of(rows, "unpriced"))
        has_amount = self.known.fees["fee_schedule_amount"].is_not_null()
        rare = self.known.lines_of(self.known.fees["rarely_in_setting"] & has_amount)
        if len(rare):  # the care after an operation is given in an office as a rule
            outside = self.known.fees["setting"][self.known.fee_row[rare]] == "nonfacility"
            care = self.known.column("modifiers")[rare].to_frame().select(CARE_ONLY).to_series()
            rare = rare.filter(~(outside & care))
        if len(rare):
            said = pl.lit(
                "NA indicator: CMS says this service is rarely or never performed in this setting"
            )
            self._notes.append((pl.select(row=rare, text=said), True))
        noted = self.known.lines_of(self.known.fees["schedule_note"].is_not_null() & has_amount)
        if len(noted):
            self._notes.append((self.known.texts_of(noted, "schedule_note"), False))
        contradicting = self.known.lines_of(self.known.fees["parts_note"].is_not_null())
        if len(contradicting):
            self._notes.append((self.known.texts_of(contradicting, "parts_note"), True))
        if self._keep_trail:
            dollars = self.known.dollars
            words = words_of(self.known.fees, in_dollars=dollars is not None)
            cites = formula.CITES if dollars is None else dollars.cites
            self._trail = Trail(amount, words[self.known.fee_row], cites)
            if self._release_cites is not None:  # a contract froze the release
                page, first_day = self._release_cites
                rows = (self.known.column("service_date") >= first_day).arg_true()
                both = pl.Series([f"{cites}; {page}"]).new_from_index(0, len(rows))
                self._trail.begin_citing(rows, both)
                cites = f"{cites}; {page}"
            self._cite_own_factors(self._trail, cites)
            others = self.known.lines_of(self.known.fees["payment_limit"].is_not_null())
            if len(others):
                self._trail.begin_otherwise(others, *limits_in_words(self.known.others(others)))

    def _cite_own_factors(self, trail: Trail, cites: str) -> None:
        """Cite the contract's page, too, where its own conversion factor made the amount."""
        own = self.known.cites_of_factor
        if own is None:
            return
        asked = self.known.known_of(own.meta.root_names())
        pages = asked.select("row", cites=own).filter(pl.col("cites").is_not_null())
        pages = pages.filter(self.known.column("schedule")[pages["row"]] == PHYSICIANS)
        if pages.height:
            said = pl.format("{}; {}", pl.lit(cites), "cites")
            trail.begin_citing(pages["row"], pages.select(said).to_series())

    def _within_reason(self, amount: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Take out amounts that units would carry beyond what a line can be worth, and mark them.

        Decision: such a line is by report. It is a slip of units or of a fee schedule, and further
        on its products would leave 64 bits without a word.
        """
        of_row = ("fee_schedule_amount", "base_amount", "professional_share", "technical_share")
        highest = self.known.fees.select(highest=pl.max_horizontal(of_row))["highest"]
        units = self.known.column("units_thousandths")
        most = (highest.max() or 0, units.max() or 0)
        assert isinstance(most[0], int)
        assert isinstance(most[1], int)
        nowhere = pl.Series([False]).new_from_index(0, self.known.height)
        if most[0] * max(most[1], 1000) <= money.MOST_CENTS * 1000:
            return amount, nowhere.alias("beyond")
        most_cents = pl.lit(money.MOST_CENTS * 1000) // pl.max_horizontal("units_thousandths", 1000)
        lines = pl.DataFrame([highest[self.known.fee_row], units, amount])
        beyond = lines.select(beyond=(pl.col("highest") > most_cents).fill_null(value=False))
        kept = pl.when(~beyond["beyond"]).then("fee_schedule_amount")
        return lines.select(kept).to_series().alias(amount.name), beyond["beyond"]

    def apply(self, rule: Rule) -> None:
        """Apply one rule's decision to the lines it meets, and write the trail."""
        self.come_to(rule)
        for version in rule.versions:
            self._apply(version)

    def _apply(self, rule: Rule) -> None:
        adjustment = rule.adjustment()
        seen = self.known.sees(rule, adjustment)
        if seen is None:
            return
        pool = self.known.pool(rule, adjustment, seen)
        if not pool.height:
            return
        if rule.processed_days:
            self._ask_for_processing(rule, adjustment, pool)
        self._remember(rule, seen.lines if adjustment.pool is None else pool["row"])
        notes, outcomes = self.known.decided(rule, adjustment, pool)
        self._notes += notes
        for outcome, met in outcomes:
            self._write(rule, outcome, met)

    def _ask_for_processing(self, rule: Rule, adjustment: Adjustment, pool: pl.DataFrame) -> None:
        """Leave a remark where the day of processing decides and the line does not say it.

        A service is processed on its day or later: what the rule decides on that day is held to
        what it would on each later day on which one of its values begins.
        """
        unsaid = pl.col(PROCESSED).is_null() & (pl.col("service_date") < rule.processed_days[-1])
        asked = only(pool, unsaid)["row"]
        if not len(asked):
            return
        as_it_is = self._decisions(rule, adjustment, pool)
        changed = pl.Series("row", [], dtype=asked.dtype)
        for day in rule.processed_days:
            later = pl.when(unsaid & (pl.col("service_date") < day)).then(pl.lit(day))
            supposed = pool.with_columns(later.otherwise(PROCESSED).alias(PROCESSED))
            on_day = self._decisions(rule, adjustment, supposed)
            for one, other in ((as_it_is, on_day), (on_day, as_it_is)):
                changed = pl.concat(
                    [changed, one.join(other, on=["row", "says"], how="anti")["row"]]
                )
        changed = changed.unique()
        changed = changed.filter(changed.is_in(asked.implode()))
        if self._asked is None:
            self._asked = pl.Series([False]).new_from_index(0, self.known.height)
        rows = changed.filter(~self._asked[changed])
        if len(rows):
            self._asked.scatter(rows, values=True)
            said = pl.lit(
                f"the contract goes by the day on which a claim is processed, and {PROCESSED} is"
                " blank: the day of service stands for it"
            )
            self._notes.append((pl.select(row=rows, text=said), True))

    def _decisions(self, rule: Rule, adjustment: Adjustment, pool: pl.DataFrame) -> pl.DataFrame:
        """Give the lines that a rule meets in a pool, and a number of what it makes of each."""
        _, outcomes = self.known.decided(rule, adjustment, pool)
        found = [pl.DataFrame(schema={"row": pool.schema["row"], "says": pl.UInt64})]
        for number, (outcome, met) in enumerate(outcomes):
            # Where it sets nothing it names what was done before: by a factor, in its words.
            words = outcome.detail if outcome.detail is not None else pl.lit("")
            told = outcome.sets or {"_words": words}
            sets = met.select(_row="row", _number=pl.lit(number), **told)
            says = sets.drop("_row").hash_rows().alias("says")
            found.append(pl.DataFrame([sets["_row"].alias("row"), says]))
        return pl.concat(found)

    def _remember(self, rule: Rule, lines: pl.Series) -> None:
        """Remember the lines that a rule looks at, told by a mask or by their numbers."""
        if self.looked_at is not None:
            if lines.dtype != pl.Boolean:
                nowhere = pl.Series([False]).new_from_index(0, self.known.height)
                lines = nowhere.scatter(lines, values=True)
            # Of a rule in versions, each looks at lines of its own days.
            before = self.looked_at.get(rule.name)
            self.looked_at[rule.name] = lines if before is None else before | lines

    def _write(self, rule: Rule, outcome: Outcome, met: pl.DataFrame) -> None:
        """Scatter an outcome into the lines, and record it."""
        # One query for all that is said of the lines: of few, it is queries that cost.
        said = select(met, "row", **outcome.sets, **self._told(rule, outcome))
        changes = checked(rule, pl.DataFrame([said[name] for name in outcome.sets]))
        by_amount = "amount" in changes.columns and "status" not in changes.columns
        if by_amount and changes["amount"].null_count():
            # On a day before a term's first value there is nothing to apply: the line is not met.
            has_value = changes["amount"].is_not_null()
            met, changes, said = (only(each, has_value) for each in (met, changes, said))
        rows = met["row"]
        self.known.write(rows, changes)
        if outcome.detail is None:
            return
        before = met["amount"]
        after = changes["amount"] if "amount" in changes.columns else before
        changes_status = "status" in changes.columns
        # Codes explain a denial, a reduction, and who pays more; a line paid in full carries none.
        explained = after != before if rule.kind == "payment" else after < before
        if changes_status:
            explained = explained | (changes["status"] != met["status"])
        if rule.kind != "payment" and (changes_status or outcome.carc):
            pair = (outcome.carc, outcome.rarc)
            if pair not in self._code_pairs:
                self._code_pairs.append(pair)
            # What gives a status says all there is to say: an older code would no longer be true.
            coded = rows if changes_status else rows.filter(explained)
            self._codes.scatter(coded, self._code_pairs.index(pair))
        if changes_status:
            self._reasons.append(pl.DataFrame([rows, said["_detail"].alias("text")]))
        if self._trail is not None:
            self._trail.record(rule, outcome, met, said, after, explained)

    def _told(self, rule: Rule, outcome: Outcome) -> dict[str, pl.Expr]:
        """Give what is to be said of the lines that an outcome meets, beside what it sets."""
        told: dict[str, pl.Expr] = {}
        if outcome.detail is not None:
            if self._trail is not None or "status" in outcome.sets:
                told["_detail"] = outcome.detail
            if self._trail is not None:
                told |= said_in_trail(rule, outcome)
        return told

    def come_to(self, rule: Rule) -> None:
        """Settle the allowed amount before the first rule that says who pays it."""
        if rule.kind == "payment":
            self._settle_allowed_amount()

    def _settle_allowed_amount(self) -> None:
        if self._allowed_is_final:
            return
        self._allowed_is_final = True
        self.known.columns["allowed_amount"] = self.known.column("amount").alias("allowed_amount")

    def close(self) -> tuple[pl.DataFrame, pl.DataFrame | None]:
        """Give the lines with their results, and the trail."""
        self._settle_allowed_amount()
        has_amount = pl.col("allowed_amount").is_not_null()
        deductible, coinsurance, sequestration = (
            pl.when(has_amount).then(pl.col(name).fill_null(0))
            for name in ("deductible_amount", "coinsurance_amount", "sequestration_amount")
        )
        amounts = pl.DataFrame([self.known.column(name) for name in _AMOUNTS]).select(
            "allowed_amount",
            "limiting_charge",
            "primary_payer_adjustment",
            (pl.col("amount_after_mips") - pl.col("amount_before_mips")).alias("mips_amount"),
            pl.coalesce("fee_schedule_amount", "anesthesia_amount"),
            deductible,
            coinsurance,
            sequestration,
            pl.when(has_amount).then("amount").alias("medicare_amount"),
            pl.when(has_amount).then(pl.coalesce("patient_amount", deductible + coinsurance)),
        )
        status = self.known.column("status")
        pairs = pl.DataFrame(
            self._code_pairs, schema={"carc": pl.String, "rarc": pl.String}, orient="row"
        )
        fees = self.known.fees.select("release", "schedule", "setting")
        found = [
            *amounts,
            *fees.cast(WORDS)[self.known.fee_row],
            pl.Series("status", STATUSES, dtype=WORDS)[status.cast(pl.UInt32)],
            *pairs.cast(WORDS)[self._codes],
            self._review(),
            self._last_reason(),
        ]
        found += [self.known.column(name) for name in self.known.beside]
        of_claims = self.known.claims.select(self.known.inputs)
        results = {each.name: each for each in found}
        names = dict.fromkeys((*RESULTS, *self.known.beside))
        lines = of_claims.hstack([results[name] for name in names if name not in of_claims])
        trail = self._trail.close() if self._trail is not None else None
        return lines, trail

    def _review(self) -> pl.Series:
        """Give each line's notes, joined with semicolons in the order they were left."""
        texts = pl.Series("review", [None], dtype=pl.String).new_from_index(0, self.known.height)
        status = self.known.column("status")
        unpaid = (status == BUNDLED) | (status == DENIED)
        for noted, of_amount in self._notes:
            left = noted.filter(~unpaid[noted["row"]]) if of_amount else noted
            earlier = texts[left["row"]].alias("earlier")
            said = left["text"]
            if earlier.null_count() < len(earlier):
                together = pl.concat_str(earlier, said, separator="; ", ignore_nulls=True)
                said = pl.select(together).to_series()
            texts.scatter(left["row"], said)
        return texts

    def _last_reason(self) -> pl.Series:
        """Give the last reason of each line that is not priced in the end."""
        texts = pl.Series("reason", [None], dtype=pl.String).new_from_index(0, self.known.height)
        status = self.known.column("status")
        for given in self._reasons:
            stands = given.filter(status[given["row"]] != PRICED)
            texts.scatter(stands["row"], stands["text"])
        return texts


def changes_of(rule: Rule, lines: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Work out what an outcome sets, on each of some lines.

    Raises RuleError for anything but whole numbers of 0 or more and a known status.
    """
    # Beside `row`, so that a constant is set in every row.
    return checked(rule, lines.select("row", **outcome.sets).drop("row"))


def checked(rule: Rule, changes: pl.DataFrame) -> pl.DataFrame:
    """Refuse what no rule may set: `changes_of` says what; give the rest as the state holds it."""
    for each in changes:
        if each.dtype == pl.Null:
            continue
        wanted = STATE[each.name]
        if each.dtype != wanted and (wanted == pl.Boolean or not each.dtype.is_integer()):
            raise RuleError(
                f"Rule {rule.name} sets {each.name!r} to {each.dtype}, where"
                f" {'true or false' if wanted == pl.Boolean else 'whole numbers'} are wanted."
            )
        lowest = each.min() if wanted not in (pl.Boolean, pl.String) else None
        if isinstance(lowest, int) and lowest < 0:
            raise RuleError(f"Rule {rule.name} sets {each.name!r} to {lowest}: it is 0 or more.")
    if "status" in changes.columns:
        known = changes["status"] < len(STATUSES)
        if not known.all(ignore_nulls=False):
            raise RuleError(
                f"Rule {rule.name} sets a status that is none of {', '.join(STATUSES)}."
            )
    return pl.DataFrame([each.cast(STATE[each.name]) for each in changes])
