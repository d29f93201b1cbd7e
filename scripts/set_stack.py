"""Write a project's stack down: its manifest, its facts, and the best pieces of its own code.

\b
  set_stack.py [PATH] --dry-run           what would be written, as a unified diff
  set_stack.py [PATH]                     stack.yaml, tech-stack.md, snippets.md and api-template.md of each service
  set_stack.py [PATH] --service api       one service of a monorepo
  set_stack.py --default VARIANT          the skill's own stack/, for projects in which nothing is detected yet

Writes <service>/.claude/stack/ and nothing else; runs no code of the project. A file that a person wrote or edited is kept; --force
replaces it. A second run changes nothing. Exits 0 when done, 3 when no backend is found, 2 when PATH cannot be read or written.
"""

from backend_agent import bootstrap

bootstrap.ensure()

import json
import os

from backend_agent import cli
from backend_agent.errors import DONE, NOT_CARRIED_OUT, UserError
from backend_agent.setting import stack


@cli.command(
    __doc__,
    cli.argument("path", default=".", metavar="[PATH]"),
    cli.option("--format", "form", choices=("text", "json"), default="text", help="Text for people and agents, or JSON with everything."),
    cli.option("--service", default="", metavar="PATH", help="One service of a monorepo."),
    cli.option("--default", "variant", default="", metavar="VARIANT", help="Fill the skill's own stack/ from variants/VARIANT."),
    cli.flag("--dry-run", "dry", help="Write nothing; show a unified diff."),
    cli.flag("--all", "everything", help="No budget: print every line of the diff."),
    cli.flag("--force", help="Replace files that a person wrote or edited, too."),
    cli.flag("--debug", help="Show the traceback of a fault."),
)
def main(options: cli.Options) -> int:
    if options.variant:
        settings = [stack.set_default(options.variant, force=options.force, dry=options.dry)]
    else:
        if not os.path.isdir(options.path):
            raise UserError(f"{options.path} is not a folder", "give the root of the project")
        settings = stack.set_services(options.path, options.service, force=options.force, dry=options.dry)
    if options.form == "json":
        print(json.dumps(stack.as_json(settings, options.dry), indent=1))
    elif settings:
        print(stack.as_text(settings, options.dry, 0 if options.everything else stack.BUDGET))
    if not settings:
        raise UserError(
            f"no backend found in {options.path}",
            "for a new project: scripts/set_stack.py --default VARIANT, then start from its api-template",
            NOT_CARRIED_OUT,
        )
    return DONE


if __name__ == "__main__":
    main()
