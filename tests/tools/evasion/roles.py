"""What a deny of one folder stops besides reading it: calls of tools by what each path is to them."""

from __future__ import annotations

DEEP = "/Company/HR/**"
SHALLOW = "/Company/HR"
STARRED = "/Users/*/Private/**"

CALLS = [
    # closed, tool, paths by argument, whether the call is stopped
    *((DEEP, tool, {"path": path}, True) for tool in ("delete", "recover", "share", "link")
      for path in ("/Company/HR", "/Company", "/company", "/Company.", "/", "/Company/HR/x", "/\uff23ompany")),
    *((DEEP, tool, {"path": path}, False) for tool in ("delete", "recover", "share", "link")
      for path in ("/Company/Sales", "/Company/HRX", "/Comp", "/Company2", "/HR")),
    (DEEP, "copy", {"source": "/Company", "destination": "/Docs"}, True),
    (DEEP, "copy", {"source": "/Company/HR/x", "destination": "/Docs"}, True),
    (DEEP, "copy", {"source": "/Docs/x", "destination": "/Company/HR"}, True),
    (DEEP, "copy", {"source": "/Docs/x", "destination": "/Company/HR/y"}, True),
    (DEEP, "copy", {"source": "/Docs/HR", "destination": "/Company"}, True),
    (DEEP, "copy", {"source": "/Docs/hr.", "destination": "/company "}, True),
    (DEEP, "copy", {"source": "/Docs/x", "destination": "/Company"}, False),
    (DEEP, "copy", {"source": "/Company/Sales", "destination": "/Docs"}, False),
    (DEEP, "move", {"source": "/Company", "destination": "/Docs"}, True),
    (DEEP, "move", {"source": "/Docs/HR", "destination": "/Company"}, True),
    (DEEP, "move", {"source": "/Docs/HRX", "destination": "/Company"}, False),
    (DEEP, "rename", {"path": "/Company", "new_name": "Firm"}, True),
    (DEEP, "rename", {"path": "/Company/HR", "new_name": "Old"}, True),
    (DEEP, "rename", {"path": "/Company/Sales", "new_name": "HR"}, True),
    (DEEP, "rename", {"path": "/Company/Sales", "new_name": "hr."}, True),
    (DEEP, "rename", {"path": "/Company/Sales", "new_name": "\uff28R"}, True),
    (DEEP, "rename", {"path": "/Company/Sales", "new_name": "HRX"}, False),
    (DEEP, "rename", {"path": "/Docs/Sales", "new_name": "HR"}, False),
    (DEEP, "upload", {"filepath": "/Company/HR/x"}, True),
    (DEEP, "upload", {"filepath": "/Company/HR"}, True),
    (DEEP, "upload", {"filepath": "/Company/x"}, False),
    (DEEP, "delete_many", {"paths": ["/Docs/a", "/Company/HR/x", "/Docs/b"]}, True),
    (DEEP, "delete_many", {"paths": ["/Docs/a", "/Company"]}, True),
    (DEEP, "delete_many", {"paths": ["/Docs/a", "/Docs/b"]}, False),
    (SHALLOW, "delete", {"path": "/Company"}, True),
    (SHALLOW, "delete", {"path": "/Company/HR"}, True),
    (SHALLOW, "delete", {"path": "/Company/HR/x"}, False),
    (STARRED, "delete", {"path": "/Users"}, True),
    (STARRED, "delete", {"path": "/Users/Ann"}, True),
    (STARRED, "delete", {"path": "/Users/Ann/private/x"}, True),
    (STARRED, "delete", {"path": "/Users/Ann/Docs"}, False),
    (STARRED, "rename", {"path": "/Users/Ann/Docs", "new_name": "Private"}, True),
    ("/My Files/HR/**", "delete", {"path": "/My Files/.versions"}, True),
    ("/My Files/HR/**", "delete", {"path": "/My Files/.versions/1/HR"}, True),
]  # fmt: skip

NO_NAMES = ["", "a/b", "/a", "a/", "..", ".", "a\\b", "...", " ", "a\u202eb", "x\uff0f..", "\x00", "a" * 256]
"""What `new_name` cannot be: it would lead elsewhere, or nowhere."""
