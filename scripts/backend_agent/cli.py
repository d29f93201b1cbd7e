"""What all scripts share: options, exit codes, and the one place where an error becomes a line and not a traceback.

A script declares its options once and is called with what was given:

    @cli.command(
        __doc__,
        cli.argument("path", default="."),
        cli.option("--format", "form", choices=("text", "json"), default="text", help="..."),
        cli.option("--only", multiple=True, metavar="ID", help="..."),
        cli.flag("--debug", help="..."),
    )
    def main(options: cli.Options) -> int: ...

    if __name__ == "__main__":
        main()

A plain call is read here, in microseconds. Whatever is not plain (`--help`, a wrong value, an unknown option) is handed to
click with the same declaration, because importing click takes longer than starting Python.
"""

import os
import sys

from backend_agent.errors import FAULT, UserError
from backend_agent.report.text import clean

TYPE_CHECKING = False  # typing's own costs milliseconds at each start; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    import click


class Options:
    """What was given: one attribute per declared parameter, `options.form`, `options.debug`."""

    def __init__(self, values: "dict[str, Any]") -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> "Any":  # only reached for what was not declared
        raise AttributeError(name)


class Parameter:
    """One argument, option or flag; `kind` is argument, rest, option or flag."""

    def __init__(
        self, kind: str, spelling: str, name: str, default: "Any", choices: "Sequence[str]", many: bool, help_: str, metavar: str
    ) -> None:
        self.kind = kind
        self.spelling = spelling
        self.name = name or spelling.lstrip("-").replace("-", "_")
        self.default = default
        self.choices = tuple(choices)
        self.many = many
        self.help = help_
        self.metavar = metavar


def argument(name: str, default: str = ".", metavar: str = "") -> Parameter:
    """A positional value that may be left out."""
    return Parameter("argument", name, name, default, (), False, "", metavar)


def rest(name: str, metavar: str = "") -> Parameter:
    """Everything from the first positional value, or from `--`, to the end: a command to run."""
    return Parameter("rest", name, name, (), (), True, "", metavar)


def option(
    spelling: str,
    name: str = "",
    *,
    default: "str | None" = None,
    choices: "Sequence[str]" = (),
    multiple: bool = False,
    help: str = "",
    metavar: str = "",
) -> Parameter:
    """`--name VALUE`, a string; with `multiple` a tuple of strings in the order given."""
    return Parameter("option", spelling, name, () if multiple else default, choices, multiple, help, metavar)


def flag(spelling: str, name: str = "", *, help: str = "") -> Parameter:
    return Parameter("flag", spelling, name, False, (), False, help, "")


def command(document: "str | None", *parameters: Parameter) -> "Callable[[Callable[[Options], int]], Callable[[], None]]":
    """Make a script's entry point of a function from options to an exit code; `document` is its manual and its `--help`."""

    def decorate(work: "Callable[[Options], int]") -> "Callable[[], None]":
        def main(argv: "Sequence[str] | None" = None) -> None:
            given = list(sys.argv[1:] if argv is None else argv)
            values = _plain(parameters, given)
            if values is None:
                values = _with_click(document or "", parameters, given)
            options = Options(values)
            exit_with(lambda: work(options), debug=bool(values.get("debug")))

        return main

    return decorate


def _plain(parameters: "Sequence[Parameter]", given: "list[str]") -> "dict[str, Any] | None":
    """The values of a call that holds nothing but declared options and positional values; None where click has to look."""
    named = {parameter.spelling: parameter for parameter in parameters if parameter.kind in ("option", "flag")}
    values: dict[str, Any] = {parameter.name: parameter.default for parameter in parameters}
    free: list[str] = []
    rest_of = next((parameter for parameter in parameters if parameter.kind == "rest"), None)
    at = 0
    while at < len(given):
        word = given[at]
        at += 1
        if rest_of and (word == "--" or not word.startswith("-")):
            values[rest_of.name] = tuple(given[at - (word != "--") :])
            return values
        if not word.startswith("-"):
            free.append(word)
            continue
        spelling, equals, value = word.partition("=")
        parameter = named.get(spelling)
        if parameter is None or (parameter.kind == "flag" and equals):
            return None
        if parameter.kind == "flag":
            values[parameter.name] = True
            continue
        if not equals:
            if at == len(given):
                return None
            value = given[at]
            at += 1
        if parameter.choices and value not in parameter.choices:
            return None
        values[parameter.name] = (*values[parameter.name], value) if parameter.many else value
    places = [parameter for parameter in parameters if parameter.kind == "argument"]
    if len(free) > len(places):
        return None
    values.update(zip([place.name for place in places], free, strict=False))
    return values


def _with_click(document: str, parameters: "Sequence[Parameter]", given: "list[str]") -> "dict[str, Any]":
    """The same through click, which writes the help and the errors; leaves with 0 after help and 2 on wrong use."""
    import click

    made: list[click.Parameter] = [_click_parameter(parameter) for parameter in parameters]
    rest_of = any(parameter.kind == "rest" for parameter in parameters)
    tool = click.Command(
        os.path.basename(sys.argv[0]),
        params=made,
        callback=lambda **values: values,
        help=document,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "allow_interspersed_args": not rest_of},
    )
    try:
        values = tool.main(args=given, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    if not isinstance(values, dict):  # click answered itself (--help) and returns its exit code
        sys.exit(0)
    return values


def _click_parameter(parameter: Parameter) -> "click.Parameter":
    import click

    kind = click.Choice(parameter.choices) if parameter.choices else click.STRING
    metavar = parameter.metavar or None
    if parameter.kind == "argument":
        return click.Argument([parameter.name], default=parameter.default, required=False, metavar=metavar)
    if parameter.kind == "rest":
        return click.Argument([parameter.name], nargs=-1, type=click.UNPROCESSED, metavar=metavar)
    if parameter.kind == "flag":
        return click.Option([parameter.spelling, parameter.name], is_flag=True, default=False, help=parameter.help)
    return click.Option(
        [parameter.spelling, parameter.name],
        default=parameter.default,
        type=kind,
        multiple=parameter.many,
        help=parameter.help,
        metavar=metavar,
        show_default=bool(parameter.default),
    )


def exit_with(work: "Callable[[], int]", debug: bool = False) -> None:
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
        from backend_agent import bootstrap

        bootstrap.heal(error)  # a package of ours that cannot be imported is rebuilt, once, and the script starts again
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
