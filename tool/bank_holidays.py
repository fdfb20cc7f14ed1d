#!/usr/bin/env python3
"""Write content/calendar/ anew: the bank holidays of the nations of the United Kingdom, computed from the standing rules and the one-off proclamations.

usage: bank_holidays.py [FOLDER]     FOLDER is content/calendar when left out

Standing rules: Banking and Financial Dealings Act 1971 section 1 and Schedule 1, and the yearly proclamations (first Monday of May, Spring and
Boxing Day in Scotland, New Year's Day). Christmas Day and Good Friday are holidays by custom in England, Wales and Northern Ireland and count as such.
A holiday that meets a weekend moves to the next weekday that is no holiday. What a proclamation changed is in ONCE and MOVED, one line each: a new
proclamation is a line there, then this is run again. Years that no proclamation speaks of yet are what the standing rules give.
"""
import datetime
import pathlib
import sys

FIRST, LAST = 2019, 2035
ALL = ("england-and-wales", "scotland", "northern-ireland")
TITLES = {"england-and-wales": "England and Wales", "scotland": "Scotland", "northern-ireland": "Northern Ireland"}
DAY = datetime.timedelta(days=1)

# Proclaimed for one year only.
ONCE = [
    ("2022-06-03", "Platinum Jubilee bank holiday", ALL),
    ("2022-09-19", "State Funeral of Queen Elizabeth II", ALL),
    ("2023-05-08", "Coronation of King Charles III", ALL),
    ("2026-06-15", "World Cup bank holiday", ("scotland",)),
]
# Held on another day that year.
MOVED = {
    ("Early May bank holiday", 2020): ("2020-05-08", "Early May bank holiday (VE day)"),
    ("Spring bank holiday", 2022): ("2022-06-02", "Spring bank holiday"),
}


def easter(year):
    """Sunday of the Gregorian computus (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return datetime.date(year, month, day + 1)


def monday(year, month, last=False):
    """The first (or last) Monday of a month."""
    day = datetime.date(year, month, 1)
    mondays = [day + n * DAY for n in range(31) if (day + n * DAY).month == month and (day + n * DAY).weekday() == 0]
    return mondays[-1 if last else 0]


def standing(nation, year):
    """(date, name) of a year, before substitutes."""
    sunday = easter(year)
    days = [(datetime.date(year, 1, 1), "New Year's Day"), (sunday - 2 * DAY, "Good Friday")]
    if nation == "scotland":
        days += [(datetime.date(year, 1, 2), "2 January"), (monday(year, 8), "Summer bank holiday"), (datetime.date(year, 11, 30), "St Andrew's Day")]
    else:
        days += [(sunday + DAY, "Easter Monday"), (monday(year, 8, last=True), "Summer bank holiday")]
    if nation == "northern-ireland":
        days += [(datetime.date(year, 3, 17), "St Patrick's Day"), (datetime.date(year, 7, 12), "Battle of the Boyne")]
    days += [(monday(year, 5), "Early May bank holiday"), (monday(year, 5, last=True), "Spring bank holiday")]
    days += [(datetime.date(year, 12, 25), "Christmas Day"), (datetime.date(year, 12, 26), "Boxing Day")]
    return days


def holidays(nation, year):
    """date -> name, with moves, proclamations and substitutes."""
    found, substitutes = {}, []
    for date, name in sorted(standing(nation, year)):
        if (name, year) in MOVED:
            text, name = MOVED[(name, year)]
            date = datetime.date.fromisoformat(text)
        if date.weekday() >= 5:
            substitutes.append((date, name))
        else:
            found[date] = name
    for text, name, nations in ONCE:
        if nation in nations and text.startswith(str(year)):
            found[datetime.date.fromisoformat(text)] = name
    for date, name in substitutes:
        while date.weekday() >= 5 or date in found:
            date += DAY
        found[date] = name + " (substitute day)"
    return found


def calendar(nation):
    source = "Banking and Financial Dealings Act 1971 and the proclamations under it, as published at https://www.gov.uk/bank-holidays; years not proclaimed yet by the standing rules"
    lines = [f"id: {nation}", f"title: Bank holidays of {TITLES[nation]}", f'source: "{source}"', f"from: {FIRST}-01-01", f"to: {LAST}-12-31",
             "weekend: [saturday, sunday]", "holidays:"]
    for year in range(FIRST, LAST + 1):
        lines += [f'  - {{date: {date}, name: "{name}"}}' for date, name in sorted(holidays(nation, year).items())]
    return "\n".join(lines) + "\n"


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "content/calendar")
    for nation in ALL:
        (folder / f"{nation}.yaml").write_text(calendar(nation), encoding="utf-8")


if __name__ == "__main__":
    main()
