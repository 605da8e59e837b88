"""ISO 4217: how many decimals the minor unit of a currency has.

Amounts are integers in the minor unit, so what `amount: 5000` means depends on this table alone: 50.00 USD, 5000 JPY,
5.000 KWD. A code that is not here is refused: a guess of two decimals would be wrong by a factor of 100.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

__all__ = ["EXPONENTS", "exponent"]

_DECIMALS: Final[dict[int, str]] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
        COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

# Withdrawn in the 2020s. Invoices of the time before are still replayed and refunded in them.
_WITHDRAWN: Final = "ANG BGN CUC HRK SLL ZWL"

# Metals, bond units, the SDR and the test codes (XAU, XDR, XTS, XXX …) are left out: they have no minor unit.
EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}
    | dict.fromkeys(_WITHDRAWN.split(), 2)
)
"""ISO 4217 code → decimals of its minor unit (0, 2, 3 or 4)."""


def exponent(code: str) -> int:
    """How many decimals the minor unit of a currency has.

    Raises:
        ValueError: The code is not one of ISO 4217 with a minor unit; the message names the nearest one.

    >>> exponent("USD"), exponent("JPY"), exponent("KWD"), exponent("CLF")
    (2, 0, 3, 4)
    >>> exponent("usd")
    Traceback (most recent call last):
    ...
    ValueError: is no ISO 4217 code; write USD
    """
    decimals = EXPONENTS.get(code)
    if decimals is None:
        near = get_close_matches(code[:8].upper(), EXPONENTS, n=1, cutoff=0.6)
        raise ValueError(f"is no ISO 4217 code; write {near[0] if near else 'three capitals such as USD'}")
    return decimals
