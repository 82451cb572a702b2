"""The tables of a ledger, and what they hold.

Times are integers: microseconds since 1970 of the times as the files write them, or the numbers of counted steps. A
forecast is in `pending` until all the times that it is for are past, then in `finished`, until it moves to `closed`,
where many forecasts of neighbouring series share a compressed block (see `forecaster.ledger.packing`). A value decides
about scores when it is first published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from forecaster.ledger.trusted_rows import DamagedLedgerError

if TYPE_CHECKING:
    import sqlite3

VERSION = 1
"""The version of the tables, `PRAGMA user_version`; a ledger of a later one is refused."""
APPLICATION = 0x46434C47
"""What marks an SQLite file as a ledger, `PRAGMA application_id`: FCLG in ASCII."""

TABLES = """
CREATE TABLE runs (      -- a run that brought forecasts
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,  -- tells runs apart
    started TEXT NOT NULL        -- ISO 8601, in UTC
);
CREATE TABLE models (
    digest TEXT PRIMARY KEY,     -- SHA-256 of the model file
    id INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE layouts (   -- what the forecasts of a block have in common
    id INTEGER PRIMARY KEY,
    horizon INTEGER NOT NULL,
    levels TEXT NOT NULL,        -- JSON list of the levels of the intervals in percent, rising
    wide INTEGER NOT NULL,       -- 1 where numbers need all digits, see forecaster.ledger.packing
    UNIQUE (horizon, levels, wide)
);
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,        -- name of the file without its ending
    name TEXT NOT NULL,
    path TEXT NOT NULL,          -- where the file was last
    dated INTEGER NOT NULL,      -- 0 where times are counted steps
    step TEXT NOT NULL,          -- what a row is called, such as 'business day'
    season INTEGER NOT NULL,     -- steps of the season that the naive forecast repeats
    last_time INTEGER,           -- time of the last value that is known
    recent BLOB NOT NULL,        -- the last times and values as they are now, to notice revisions
    UNIQUE (source, name)
);
CREATE TABLE pending (   -- forecasts of which a time is not past
    series INTEGER NOT NULL,
    origin INTEGER NOT NULL,     -- time of the last row that it follows
    model INTEGER NOT NULL,
    run INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (series, origin, model)
) WITHOUT ROWID;
CREATE TABLE finished (  -- forecasts whose times are past, until a series has enough of them for a block
    series INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    model INTEGER NOT NULL,
    run INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (series, origin, model)
) WITHOUT ROWID;
CREATE TABLE closed (    -- blocks of other forecasts, rising by series and origin
    id INTEGER PRIMARY KEY,
    first_series INTEGER NOT NULL,
    last_series INTEGER NOT NULL,
    newest INTEGER,              -- newest origin, NULL where times are counted steps
    layout INTEGER NOT NULL,
    count INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX closed_by_series ON closed (first_series, last_series);
CREATE INDEX closed_by_time ON closed (newest);
CREATE TABLE actuals (   -- blocks of values as they were first published, rising by series and time
    id INTEGER PRIMARY KEY,
    first_series INTEGER NOT NULL,
    last_series INTEGER NOT NULL,
    newest INTEGER,
    run INTEGER NOT NULL,
    count INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX actuals_by_series ON actuals (first_series, last_series);
CREATE INDEX actuals_by_time ON actuals (newest);
CREATE TABLE revisions ( -- values that came later for a time that was past: other values, or the first ones
    series INTEGER NOT NULL,
    time INTEGER NOT NULL,
    run INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (series, time, run)
) WITHOUT ROWID;
CREATE TABLE sums (      -- sums over the scored forecasts of a series and month, see forecaster.ledger.sums
    month INTEGER NOT NULL,      -- of the time that was forecast: 12 * year + month - 1; 0 for counted steps
    series INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (month, series, layout)
) WITHOUT ROWID;
CREATE TABLE state (     -- what other parts keep about a series, or about all (series 0)
    name TEXT NOT NULL,
    series INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (name, series)
) WITHOUT ROWID;
"""
STATEMENTS = tuple(each.strip() for each in re.sub("--.*", "", TABLES).split(";")[:-1])  # comments may have semicolons
"""The statements that create the tables."""
STATISTICS = (
    "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
)
"""Tables of SQLite itself, which a program may have created that looked at the ledger."""


def check_tables(connection: sqlite3.Connection) -> None:
    """Check that a file has the tables of a ledger and nothing else, such as a trigger that runs when rows are written.

    Raises:
        DamagedLedgerError: It has others.

    """
    most = len(STATEMENTS) + len(STATISTICS) + 1
    query = "SELECT substr(sql, 1, ?) FROM sqlite_master WHERE sql IS NOT NULL LIMIT ?"
    found = connection.execute(query, (len(TABLES), most)).fetchall()
    statements = [" ".join(str(text).split()) for (text,) in found]
    expected = {" ".join(each.split()) for each in STATEMENTS}
    others = {*statements} - expected - {*STATISTICS}
    if others or len(statements) == most or not expected <= {*statements}:
        raise DamagedLedgerError("it has other tables, indexes, views or triggers than a ledger")
