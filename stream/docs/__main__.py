"""Write the generated pages into the folder that is given, or where they belong."""

import sys
from pathlib import Path

from stream.docs.kpis import kpis_page
from stream.docs.pages import pages, write

docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
write(docs / "schemas", pages())
(docs / "kpis.md").write_text(kpis_page(), encoding="utf-8")
