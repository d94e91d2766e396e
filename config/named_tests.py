# SPDX-License-Identifier: BSD-3-Clause
"""Do the tests exist that the documents name as showing something? named_tests.py TOP prints those that do not.

In backquotes: `test_x.py`, a file below tests/; `test_x`, a function of Python; `Suite.Name`, a GoogleTest (both may end with *),
where a table of the PMD's guide says which test shows what."""
import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1])
documents = [top / "README.md", top / "kernel/README.md", *sorted((top / "doc").rglob("*.md"))]
tests = [path for path in (top / "tests").rglob("*") if path.suffix in (".py", ".cpp", ".h")]
files = {path.name for path in tests}
text = "".join(path.read_text() for path in tests)
missing = []

for document in documents:
    for name in re.findall(r"`(?:tests/[\w/]+/)?(test_\w+(?:\.py)?)`", document.read_text()):
        exists = name in files if name.endswith(".py") else f"def {name}(" in text
        if not exists:
            missing.append((document, name))

guide = top / "doc/nics/bifurc.md"
table = guide.read_text().partition("## Which test shows what")[2]
for suite, name in re.findall(r"`([A-Z]\w+)\.([\w*]+)`", table):
    pattern = re.escape(name.rstrip("*")) + ("" if name.endswith("*") else r"\)")
    if not re.search(rf"TEST(?:_F|_P)?\({suite},\s+{pattern}", text):
        missing.append((guide, f"{suite}.{name}"))

for document, name in missing:
    print(f"{document.relative_to(top)}: there is no test {name}")
sys.exit(1 if missing else 0)
