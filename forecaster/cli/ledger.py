"""`forecast ledger`: how good the forecasts of a ledger have been."""

from pathlib import Path

from forecaster.cli import ledger_options, options, picture_options
from forecaster.cli.shared_options import with_shared_options
from forecaster.errors import DONE
from forecaster.progress import READING


@with_shared_options()
def ledger(
    *,
    series: ledger_options.Series = None,
    ledger: ledger_options.LedgerToRead = Path("ledger.sqlite"),
    since: ledger_options.Since = None,
    per_series: options.PerSeries = False,
    keep: ledger_options.Keep = None,
    format: options.Format = None,  # noqa: A002 - named like its option
    output: options.Output = None,
    export: ledger_options.Export = None,
    chart: picture_options.Chart = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
    log_format: options.LogFormat = "text",
) -> int:
    """Show how good the forecasts of a ledger have been."""
    # Imported here, because help must not load them; pandas when progress is shown already, because it takes a while.
    from forecaster.cli.logs import open_log

    log = open_log(log_format, quiet=quiet, verbose=verbose)
    with log.show_progress(READING, str(ledger)):
        from forecaster.cli.json_messages import open_messages
        from forecaster.cli.ledger_screen import check_export, month_as_typed, remove_old_forecasts
        from forecaster.cli.output import Destination
        from forecaster.ledger.connection import ledger_file, open_to_read
        from forecaster.ledger.export import export as export_forecasts
        from forecaster.ledger.report import find_series, report

        path, messages, month = ledger_file(ledger), open_messages(log), month_as_typed(since)
        destination = Destination.choose(output, format, [path])
        if export is not None:
            check_export(export, path)
        if keep is not None:
            remove_old_forecasts(path, keep)
        with open_to_read(path) as connection:
            if export is not None:
                export_forecasts(connection, find_series(connection, series), export)
            found = report(
                connection,
                series,
                by_series=per_series,
                since_month=month,
                with_charts=messages.draws_charts(chart=chart),
            )
    destination.write(found.scores)
    messages.print_written(destination.path)
    messages.print_written(export)
    messages.print_blank_line()
    messages.print_facts([("Ledger", found.summary)])
    messages.print_charts(lambda: found.charts, chart=chart)
    messages.print_elapsed()
    return DONE
