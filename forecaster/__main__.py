"""`python -m forecaster` is `forecast`."""

import sys

from forecaster.cli import main

sys.exit(main())
