"""Write the generated pages into the folder that is given, or where they belong."""

import sys
from pathlib import Path

from stream.docs.pages import pages, write

write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schemas"), pages())
