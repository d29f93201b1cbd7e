"""Tell what a backend is built with and how it is verified, with the evidence for every value.

\b
  detect_stack.py [PATH]                  every service of the project
  detect_stack.py [PATH] --service api    one service of a monorepo
  detect_stack.py --doctor                what this machine has, and what is missing

Reads manifests and configuration; writes nothing, runs nothing. Exits 0 when a backend is found, 3 when there is none, 2 when PATH
cannot be read.
"""

from backend_agent import bootstrap

bootstrap.ensure()

from backend_agent import patterns

patterns.warm()

import os
import sys

from backend_agent import cli
from backend_agent.errors import DONE, NOT_CARRIED_OUT, UserError
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.stack.services import Detection


@cli.command(
    __doc__,
    cli.argument("path", default=".", metavar="[PATH]"),
    cli.option("--format", "form", choices=("text", "json"), default="text", help="Text for people and agents, or JSON with everything."),
    cli.option("--service", default="", metavar="PATH", help="One service of a monorepo."),
    cli.flag("--doctor", help="What this machine has, what is missing, and what that means."),
    cli.flag("--debug", help="Show what was read, and the traceback of a fault."),
)
def main(options: cli.Options) -> int:
    if options.doctor:
        from backend_agent import doctor

        return doctor.report(options.form)
    if not os.path.isdir(options.path):
        raise UserError(f"{options.path} is not a folder", "give the root of the project")
    repository = Repository(options.path, glance=True)  # git lists the files while the rest is loaded
    from backend_agent.report import detection as report
    from backend_agent.stack.detect import detect

    found = detect(repository)
    if options.service:
        found = _only(found, options.service)
    problems = [str(problem) for problem in repository.problems]
    if options.debug:
        print(f"{len(repository.paths)} files listed, {repository.reads} read, {repository.bytes_read:,} bytes", file=sys.stderr)
    print(report.as_json(found, problems) if options.form == "json" else report.as_text(found, problems, len(repository.paths)))
    return DONE if found.services else NOT_CARRIED_OUT


def _only(found: "Detection", path: str) -> "Detection":
    chosen = tuple(s for s in found.services if s.path.strip("/") == path.strip("/"))
    if not chosen:
        known = ", ".join(s.path for s in found.services) or "none"
        raise UserError(f"there is no service {path!r} here", f"services: {known}")
    return found._replace(services=chosen, others=())


if __name__ == "__main__":
    main()
