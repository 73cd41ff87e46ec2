"""What can go wrong.

PayrulesError            one clear sentence: what, where, what to do
├── UsageError           arguments or files that nothing can be run with        (exit 2)
├── ClaimsError          a claims file cannot be read, or lacks a column        (exit 2)
├── ScheduleError        a fee schedule or table is missing, unknown or wrong   (exit 2)
│   └── AlteredError     stored bytes are not those that were imported          (exit 3)
├── PayerError           a payer file says something no rule understands        (exit 2)
├── CoverageError        a coverage policy says something that is not understood  (exit 2)
├── ScenarioError        a what-if says something that cannot be changed        (exit 2)
├── ReportError          a report layout or workbook cannot be made             (exit 2)
└── RuleError            a rule is written wrongly (no citation, unread column) (exit 2)

A line that cannot be priced is not an error: it is a row with a status.
"""


class PayrulesError(Exception):
    """A fault whose message a user can act on; no traceback reaches them.

    Each argument is a sentence of its own: a line end within one is no end of a line.
    """

    exit_status = 2
    #: Lines for the user's own file that end the fault, where there are any: a terminal shows them.
    to_keep: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give the sentences, one a line."""
        return "\n".join(map(str, self.args))


class UsageError(PayrulesError):
    """Arguments, or files, that nothing can be run with."""


class ClaimsError(PayrulesError):
    """A claims file that cannot be read, or lacks a column that pricing needs."""


class ScheduleError(PayrulesError):
    """A fee schedule release or table that is missing, unknown or inconsistent."""


class AlteredError(ScheduleError):
    """A stored file whose bytes are not the ones that were imported."""

    exit_status = 3


class PayerError(PayrulesError):
    """A payer file that says something no rule understands."""


class CoverageError(PayrulesError):
    """A file of coverage policies that says something which is not understood, or is not there."""


class ScenarioError(PayrulesError):
    """A what-if scenario that says something which cannot be changed, or is not there."""


class ReportError(PayrulesError):
    """A report layout or a workbook that cannot be made."""


class RuleError(PayrulesError):
    """A rule that is written wrongly: no citation, or a column it does not declare."""
