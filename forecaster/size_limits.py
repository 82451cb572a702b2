"""The largest sizes of everything that comes from outside, in one place; `docs/data.md` lists them.

Whatever is larger is refused in a sentence before it takes memory or time: tables with exit code 65, models with 76,
configuration with 78, options with 2. All numbers are chosen by hand: well above what people make, and small enough for
a machine with a few gigabytes of memory.
"""

from __future__ import annotations

LARGEST_FILE = 2**30
"""Bytes of a table, packed or not. It trades off large panels against the memory of a small machine."""
LARGEST_RATIO, ALWAYS_UNPACKED = 100, 2**24
"""How many times its size an archive may unpack to, and the bytes up to which it may unpack to any multiple."""
MOST_ENTRIES = 100
"""Entries within the last 64 KiB of a zip archive; its directory is only read where there are fewer."""
MOST_MEMBERS = 100_000
"""Pieces of gzip data in a file, one behind the other: programs write pieces of 64 KiB, 16,000 for a gigabyte."""
LONGEST_LINE = 2**20
"""Bytes of a line of a table."""
LONGEST_CELL = 2**17
"""Characters of a cell of a table: what Python's reader of CSV files accepts."""
MOST_LINES = 10_000_000
"""Lines of a table. It trades off long panels against the memory that their rows take."""
MOST_COLUMNS = 10_000
"""Columns of a table. It trades off wide tables against lines whose delimiter was guessed wrong."""
MOST_CELLS = 5 * 10**7
"""Cells of a Parquet file: a small one can unpack to any number of them, and they must fit in memory."""
MOST_SHEET_ROWS = 2**20
"""Rows of a sheet of a workbook: as many as spreadsheet programs have; a file can name one far below."""
LARGEST_LIST = 64 * 2**20
"""Bytes of a list of files: room for about a million names; what is larger is no list."""
MOST_LISTED_FILES = 1_000_000
"""Different names in a list of files, so that a list of very short names does not fill the memory."""

MOST_FOLDERS = 100_000
"""Folders that a pattern with `**` covers: about a second's work; a pattern that begins at the root covers more."""

LARGEST_MODEL = 256 * 2**20
"""Bytes of a model: far above any so far, so that reading a hostile file cannot fill the memory."""
MOST_INSTRUCTIONS = 500_000
"""Instructions of a model's pickle stream: enough for the names of 200,000 series, which take two each."""
MOST_SERIES = 200_000
"""Series of a model: more names would exceed the instructions that the reader accepts."""
DEEPEST = 32
"""Levels of lists and dicts in a model; one of ours has five, and Python's own limit of recursion is far higher."""
LONGEST_TEXT = 10_000
"""Characters of a text in a model; pickle writes text of more than 64 KiB in another way, which is not accepted."""

MOST_VALUES_OF_A_WINDOW = 2_000_000
"""Values that a network keeps of a window, such as 10,000 steps of 200 hidden units: with the eight windows of the
smallest batch a forecast takes 0.9 GB. A small model can state any number of steps."""

MOST_EMPTY_STEPS, EMPTY_STEPS_PER_ROW = 1_000_000, 2
"""Steps without a row that the rows of a model may have between them: a gap of eleven days in a file of seconds, and
two for each row, as many as the reader of tables accepts. Each takes about 150 bytes in a forecast."""
MOST_OPEN_SLOTS = 20_000_000
"""Slots of the weeks of all calendars of a model: 160 MB, or a week of seconds for each of 33 series."""

MOST_STEPS = 10_000
"""Steps of a forecast: beyond, a forecast is that of a season or a line, and its table takes longer than the work."""
MOST_FORECAST_CELLS = 20_000_000
"""Cells of a forecast: a year in months of 200,000 series with two intervals. A cell takes up to 80 bytes."""
MOST_FOLD_CELLS = 200_000_000
"""Cells of the forecasts of all folds of an evaluation, with those of all methods: five folds of 30,000 series, four
weeks each. A cell takes about 24 bytes."""
MOST_SAMPLES = 10_000_000
"""Rows of sample paths: 400 MB in memory."""

LARGEST_CONFIGURATION = 2**16
"""Bytes of a configuration file: twenty times one that sets every option of every command."""
LONGEST_SETTING = 4096
"""Characters of a value in a configuration file or a variable: as many as the path of a file may have."""
MOST_KEY_PARTS = 10
"""Points in the name of a key or a table, which has two parts at most; the time of the TOML parser grows with the
square of their number."""
