"""Show where everything is in a backend: routes with full paths and guards, layers, models, migrations, tests.

    python3 scripts/map_backend.py [PATH] [--format text|json|jsonl]

Reads source, writes nothing, runs nothing. Exits 0 with a map, 3 when no backend is found, 2 when PATH cannot be read.
"""

from backend_agent import bootstrap

bootstrap.ensure()

import json
import os
import sys

from backend_agent import cli
from backend_agent.facts import collect, routes
from backend_agent.repository.files import Repository


def main(root: str) -> int:
    repository = Repository(root)
    facts = collect.collect(repository, [routes])
    found, unresolved = routes.resolve(repository, facts["routes"])
    for route in found:
        auth = {"open": None, "guarded": route.guard.name or "guarded"}.get(route.guard.state, "?")
        row = {"method": route.method, "path": route.path, "handler": route.handler, "file": route.file, "line": route.line}
        print(json.dumps({**row, **({} if auth == "?" else {"auth": auth})}))
    for left in unresolved:
        print(json.dumps({"unresolved": left.reason, "file": left.file, "line": left.line}))
    for problem in repository.problems:
        print(problem, file=sys.stderr)
    return 0


if __name__ == "__main__":
    cli.exit_with(lambda: main(next((a for a in sys.argv[1:] if os.path.isdir(a)), ".")))
