"""Opt-in hooks for Claude Code: hold back what destroys a database, check the file just edited, no "done" without a verdict.

\b
  hooks.py settings     print the part of settings.json that turns them on
  hooks.py guard        before a command: refuse what would destroy a database that somebody may miss
  hooks.py edited       after an edit: what the rules about the code find in its changed lines
  hooks.py stop         before the end: once, ask for run_checklist.py where backend files changed and no report holds

The last three read the client's JSON on stdin, say nothing when there is nothing to say, and exit 0 (1 when they could not look; never 2,
which clients take for a refusal). BACKEND_AGENT_HOOKS=off turns all of them off.
"""

import sys

HOOKS = ("guard", "edited", "stop")


def _hook(name: str) -> int:
    """One hook for one event. Whatever happens, the client goes on."""
    import os

    if os.environ.get("BACKEND_AGENT_HOOKS", "").lower() in {"off", "0", "no", "false"}:
        return 0
    try:
        from backend_agent import bootstrap
        from backend_agent.hooks import events

        return events.answer(name, sys.stdin.buffer.read(4_000_000), bootstrap.ensure)
    except (Exception, SystemExit) as error:
        sys.stderr.write(f"backend-agent: the {name} hook could not look ({type(error).__name__}); nothing was held back\n")
        return 1


if __name__ == "__main__" and len(sys.argv) > 1 and sys.argv[1] in HOOKS:
    sys.exit(_hook(sys.argv[1]))

from backend_agent import bootstrap

bootstrap.ensure()

from backend_agent import cli
from backend_agent.errors import FAILS, UserError


@cli.command(
    __doc__,
    cli.argument("name", default="settings", metavar="settings|guard|edited|stop"),
    cli.flag("--debug", help="Show the traceback of a fault."),
)
def main(options: cli.Options) -> int:
    if options.name != "settings":
        raise UserError(f"there is no hook {options.name!r}", f"hooks: {', '.join(HOOKS)}; `settings` prints how to turn them on", FAILS)
    from backend_agent import catalog
    from backend_agent.hooks import events

    catalog.load("hooks", "destructive")  # compiled now, so that the first command does not wait for it
    print(events.settings())
    return 0


if __name__ == "__main__":
    main()
