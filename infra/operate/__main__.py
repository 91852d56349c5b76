"""`python -m infra.operate`."""

import sys

from infra.operate.entry import main

if __name__ == "__main__":
    sys.exit(main())
