"""What all scripts share: options, exit codes, and the one place where an error becomes a line and not a traceback."""

import os
import sys
from collections.abc import Callable

from backend_agent.errors import FAULT, UserError
from backend_agent.report.text import clean


def exit_with(work: Callable[[], int], debug: bool = False) -> None:
    """Run a script's work and leave with its exit code. A user's error is one line; a fault of ours names a log and exits 70."""
    debug = debug or bool(os.environ.get("BACKEND_AGENT_DEBUG"))
    try:
        code = work()
        sys.stdout.flush()
    except UserError as error:
        if debug:
            raise
        print(f"error: {clean(error.message, 500)}", file=sys.stderr)
        if error.hint:
            print(f"  {clean(error.hint, 500)}", file=sys.stderr)
        code = error.code
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # `| head` closed the pipe: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if debug:
            raise
        code = _fault(error)
    sys.exit(code)


def _fault(error: Exception) -> int:
    import traceback

    from backend_agent import cache

    log = cache.path("fault.log")
    kept = cache.write(log, "".join(traceback.format_exception(error)))
    print(f"error: a fault of ours, {type(error).__name__}: {clean(error)}", file=sys.stderr)
    print(f"  {'details in ' + log if kept else 'run again with --debug'}; please report it", file=sys.stderr)
    return FAULT
