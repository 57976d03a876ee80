"""`python -m tearoff` is `tearoff`."""

import sys

from tearoff.cli import main

sys.exit(main())
