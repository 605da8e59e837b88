"""Money, from scratch: currencies, rates, windows of money (part 2 of the catalogue, section 1).

Money is an integer of micro-units, 1e-6 of the major unit: native ones ("micro" of a currency) until converted.
"""

from datetime import date, datetime
from fractions import Fraction

from .common import CALENDAR, DAY, exact, half_up

M_WINDOWS = ("24h", "7d", "30d", *CALENDAR)
F_WINDOWS = ("1h", *M_WINDOWS)
L_WINDOWS = ("30d", "month", "last_month")

# The codes of ISO 4217 whose exponent is not 2.
CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in CODES.items() for code in codes.split()}

# Factor to a month: "day 365/12, week 52/12, month 1, year 1/12, divided by `interval_count`".
FACTORS = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}

PAYMENT_HOLD = 90 * DAY  # "A `payment_id`, a `refund_id` ... hold 90 d from their latest event; disputes 400 d"
DISPUTE_HOLD = 400 * DAY


def to_micro(minor, currency):
    """micro = minor x 10^(6 - e), e = the currency's exponent from ISO 4217."""
    return minor * 10 ** (6 - EXPONENTS.get(currency, 2))


class Rates:
    """A mapping, or a list of {from: date, EUR: ...}: entries (begin or None, {currency: rate}), by begin."""

    def __init__(self, settings):
        self.currency = settings.currency
        listed = settings.fx if isinstance(settings.fx, list) else [settings.fx]
        entries = [(self._begin(entry.get("from"), settings.calendar), entry) for entry in listed]
        self.entries = [
            (begin, {name: exact(rate) for name, rate in entry.items() if name != "from"})
            for begin, entry in sorted(entries, key=lambda item: (item[0] is not None, item[0] or 0))
        ]

    @staticmethod
    def _begin(day, calendar):
        """`from` (00:00 in the business's zone)."""
        if day is None:
            return None
        if isinstance(day, datetime):
            day = day.date()
        return calendar.day_start(day if isinstance(day, date) else date.fromisoformat(day))

    def at(self, currency, instant):
        """That of the last entry with `from` <= t that names the currency; before the first, the first."""
        if currency == self.currency:
            return Fraction(1)
        naming = [(begin, entry[currency]) for begin, entry in self.entries if currency in entry]
        begun = [rate for begin, rate in naming if begin is None or begin <= instant]
        if begun:
            return begun[-1]
        return naming[0][1] if naming else None

    def convert(self, micro, currency, instant):
        """Conversion rounds HALF_UP; None without a rate (nothing is nothing at any rate)."""
        if micro == 0:
            return 0
        rate = self.at(currency, instant)
        return None if rate is None else half_up(micro * rate)

    def changes(self, before):
        return sorted({begin for begin, _ in self.entries if begin is not None and begin < before})
