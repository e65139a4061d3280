"""Numbers for people: as many digits as their uncertainty supports, and no more."""

import math

from wsim.runs.results import Estimate

NOTHING = "–"
HARD_SPACE = "\N{NO-BREAK SPACE}"  # a number and its unit stay on one line
INTERVAL_WIDTH_SE = 2 * 1.96  # a 95 % interval is this many standard errors wide
EXACT_DECIMALS = 2
MOST_DECIMALS = 3


def decimals_for(standard_error: float) -> int:
    """Decimals to print: one significant digit of the standard error, two when that digit is a 1.

    Source: Taylor, An Introduction to Error Analysis.

    >>> [decimals_for(error) for error in (0.04, 0.13, 2.0, 0.097, 0.0)]
    [2, 2, 0, 2, 2]
    """
    if not (math.isfinite(standard_error) and standard_error > 0):
        return EXACT_DECIMALS
    digits, power = f"{standard_error:.0e}".split("e")
    decimals = -int(power) + (digits == "1")
    return min(max(decimals, 0), MOST_DECIMALS)


def decimals_of(estimate: Estimate) -> int:
    """Decimals for an estimate, from the width of its interval."""
    if estimate.low is None or estimate.high is None:
        return EXACT_DECIMALS
    if round(estimate.low, EXACT_DECIMALS) == round(estimate.high, EXACT_DECIMALS):
        return EXACT_DECIMALS  # as good as exact: more digits would only look like more knowledge
    return decimals_for((estimate.high - estimate.low) / INTERVAL_WIDTH_SE)


def number(value: float | None, decimals: int = EXACT_DECIMALS, *, signed: bool = False) -> str:
    """Fixed decimals, a real minus sign, never a negative zero."""
    if value is None:
        return NOTHING
    text = f"{value:+.{decimals}f}" if signed else f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def value_of(estimate: Estimate, *, signed: bool = False) -> str:
    """The value alone, with the decimals that its interval supports."""
    return number(estimate.value, decimals_of(estimate), signed=signed)


def interval_of(estimate: Estimate, *, signed: bool = False) -> str:
    """`[low, high]`, or nothing where there is no interval."""
    if estimate.low is None or estimate.high is None:
        return ""
    decimals = decimals_of(estimate)
    low, high = (number(end, decimals, signed=signed) for end in (estimate.low, estimate.high))
    return f"[{low}, {high}]"


def both_of(estimate: Estimate, *, signed: bool = False) -> str:
    """`value [low, high]`."""
    return f"{value_of(estimate, signed=signed)} {interval_of(estimate, signed=signed)}".rstrip()


def percent(share: float) -> str:
    """A share in whole percent; 0 and 100 only when exactly so.

    >>> [percent(share).replace(HARD_SPACE, " ") for share in (0.996, 0.004, 1.0, 0.314)]
    ['99 %', '1 %', '100 %', '31 %']
    """
    whole = round(100 * share)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{whole}{HARD_SPACE}%"


def quantity(value: float | str, unit: str = "") -> str:
    """A parameter's value as one would write it: `0.6 s`, `45°`, `red`.

    >>> quantity(0.6, "s").replace(HARD_SPACE, " "), quantity(45.0, "deg"), quantity("red")
    ('0.6 s', '45°', 'red')
    """
    if isinstance(value, str):
        return value
    text = f"{value:.3g}".replace("-", "−")
    return f"{text}°" if unit == "deg" else f"{text}{HARD_SPACE}{unit}".rstrip()


def p_text(p_value: float | None) -> str:
    """A p-value as papers print it."""
    if p_value is None:
        return NOTHING
    return "< 0.001" if p_value < 0.001 else f"{p_value:.2g}"
