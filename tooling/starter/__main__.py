"""`python tooling/starter ROOT JSON` updates a project by this checkout, as `update.update` does.

An interface: `tooling/update.py` calls this from projects of any age.
"""

import json
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])  # the checkout, in the place of this folder

from tooling.starter import update  # noqa: E402

update.update(Path(sys.argv[1]), Path(sys.path[0]), **json.loads(sys.argv[2]))
