"""Write the generated pages into the folder that is given, or where they belong."""

import sys
from pathlib import Path

from stream.docs.pages import pages, write
from stream.docs.values import values_page

docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
write(docs / "schemas", pages())
(docs / "values.md").write_text(values_page(), encoding="utf-8")
