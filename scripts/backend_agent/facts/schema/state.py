"""A database schema that is built step by step, as a migration tool would build it, and read back as tables.

Every reader (SQL, Rails, Alembic, Laravel, …) writes its migrations down as operations, lists that JSON can hold, with the operation's
name first; `Schema.apply` replays them. An operation on a table that is not there is ignored: the table was made out of sight.

    ["create_table", table, {"columns": [[name, type, null], …], "primary_key": […], "foreign_keys": [fk, …], "unique": [key, …],
                             "indexes": [key, …], "if_not_exists": bool, "line": int, "name": str}]
    ["add_column", table, [name, type, null]] · ["drop_column", table, name] · ["rename_column", table, old, new]
    ["alter_column", table, name, {"type": …, "null": …}] · ["rename_table", old, new] · ["drop_table", table]
    ["add_primary_key", table, columns] · ["add_primary_column", table, column] · ["drop_primary_key", table]
    ["add_foreign_key", table, fk] · ["add_unique", table, key] · ["add_index", table, key]
    ["drop_index", table or "", name or columns] · ["drop_constraint", table, name] · ["drop_foreign_key", table, columns or name]

    fk  = {"name", "columns", "references", "ref_columns", "enforced"}
    key = {"name", "columns", "plain": False for a partial or expression index}
"""

from backend_agent.model import Column, ForeignKey, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Operation = list[Any]
else:
    Operation = list


def bare(name: str) -> str:
    """A table name without quotes and without the default schema of PostgreSQL, SQL Server or SQLite."""
    name = name.replace('"', "").replace("`", "").replace("[", "").replace("]", "").strip()
    head, _, tail = name.rpartition(".")
    return tail if head.lower() in {"", "public", "dbo", "main"} else name


class _Table:
    def __init__(self, name: str, file: str, line: int, label: str) -> None:
        self.name, self.file, self.line, self.label = name, file, line, label
        self.columns: dict[str, list[Any]] = {}
        self.primary_key: list[str] = []
        self.foreign_keys: list[dict[str, Any]] = []
        self.unique: list[dict[str, Any]] = []
        self.indexes: list[dict[str, Any]] = []


class Schema:
    """`apply` operations in order, then read `tables()`. `auto_fk_index`: MySQL indexes each foreign key by itself."""

    def __init__(self, orm: str = "") -> None:
        self.orm = orm
        self.auto_fk_index = False
        self._tables: dict[str, _Table] = {}
        self._dropped: set[str] = set()

    def apply(self, operations: "list[Operation]", file: str) -> None:
        for operation in operations:
            handler = getattr(self, "_" + operation[0], None)
            if handler is None:
                continue
            if operation[0] == "create_table":
                self._create_table(operation[1], operation[2], file)
            else:
                handler(*operation[1:])

    def has(self, table: str) -> bool:
        return self._find(table) is not None

    def tables(self) -> "list[Table]":
        return [self._frozen(table) for table in self._tables.values() if table.columns or table.foreign_keys]

    def _find(self, name: str) -> "_Table | None":
        key = bare(name).lower()
        found = self._tables.get(key)
        if found is None and "." in key:
            return self._tables.get(key.rpartition(".")[2])
        if found is None:
            ends = [table for other, table in self._tables.items() if other.endswith("." + key)]
            return ends[0] if len(ends) == 1 else None
        return found

    # operations

    def _create_table(self, name: str, what: "dict[str, Any]", file: str) -> None:
        name = bare(name)
        existing = self._find(name)
        if existing is not None and what.get("if_not_exists"):
            return
        table = _Table(name, file, what.get("line", 0), what.get("name", ""))
        self._tables[name.lower()] = table
        for column in what.get("columns", []):
            table.columns[column[0]] = list(column)
        table.primary_key = list(what.get("primary_key", []))
        table.foreign_keys = [_fk(fk, name) for fk in what.get("foreign_keys", [])]
        table.unique = [_key(key, name) for key in what.get("unique", [])]
        table.indexes = [_key(key, name) for key in what.get("indexes", [])]

    def _drop_table(self, name: str) -> None:
        table = self._find(name)
        if table is not None:
            self._tables.pop(table.name.lower(), None)
            self._dropped.add(table.name.lower())

    def _rename_table(self, old: str, new: str) -> None:
        table = self._find(old)
        if table is None:
            return
        before = table.name.lower()
        self._tables.pop(before, None)
        new = bare(new)
        if "." in table.name and "." not in new:
            new = table.name.rpartition(".")[0] + "." + new
        table.name = new
        self._tables[new.lower()] = table
        for other in self._tables.values():
            for fk in other.foreign_keys:
                if bare(fk["references"]).lower() == before:
                    fk["references"] = new

    def _add_column(self, name: str, column: "list[Any]") -> None:
        table = self._find(name)
        if table is not None and column[0] and "\n" not in column[0]:
            table.columns.setdefault(column[0], list(column))

    def _drop_column(self, name: str, column: str) -> None:
        table = self._find(name)
        if table is None:
            return
        key = _actual(table, column)
        table.columns.pop(key, None)
        low = key.lower()
        table.primary_key = [c for c in table.primary_key if c.lower() != low]
        for attribute in ("foreign_keys", "unique", "indexes"):
            kept = [k for k in getattr(table, attribute) if low not in [c.lower() for c in k["columns"]]]
            setattr(table, attribute, kept)

    def _rename_column(self, name: str, old: str, new: str) -> None:
        table = self._find(name)
        if table is None:
            return
        key = _actual(table, old)
        table.columns = {new if c == key else c: ([new, *v[1:]] if c == key else v) for c, v in table.columns.items()}
        swap = [table.primary_key, *[k["columns"] for k in table.foreign_keys + table.unique + table.indexes]]
        for columns in swap:
            columns[:] = [new if c.lower() == key.lower() else c for c in columns]

    def _alter_column(self, name: str, column: str, what: "dict[str, Any]") -> None:
        table = self._find(name)
        if table is None:
            return
        kept = table.columns.get(_actual(table, column))
        if kept is None:
            return
        if what.get("type"):
            kept[1] = what["type"]
        if "null" in what:
            kept[2] = what["null"]

    def _add_primary_key(self, name: str, columns: "list[str]") -> None:
        table = self._find(name)
        if table is not None:
            table.primary_key = list(columns)
            for column in columns:
                if column in table.columns:
                    table.columns[column][2] = False

    def _add_primary_column(self, name: str, column: str) -> None:
        table = self._find(name)
        if table is not None and column not in table.primary_key:
            table.primary_key.append(column)

    def _drop_primary_key(self, name: str) -> None:
        table = self._find(name)
        if table is not None:
            table.primary_key = []

    def _add_foreign_key(self, name: str, fk: "dict[str, Any]") -> None:
        table = self._find(name)
        if table is not None:
            new = _fk(fk, table.name)
            same = [f for f in table.foreign_keys if f["columns"] == new["columns"] and f["references"] == new["references"]]
            if not same:
                table.foreign_keys.append(new)

    def _add_unique(self, name: str, key: "dict[str, Any]") -> None:
        table = self._find(name)
        if table is not None and not any(k["columns"] == key["columns"] and k["plain"] for k in table.unique):
            table.unique.append(_key(key, table.name))

    def _add_index(self, name: str, key: "dict[str, Any]") -> None:
        table = self._find(name)
        if table is not None:
            new = _key(key, table.name)
            if not any(k["columns"] == new["columns"] and k["plain"] == new["plain"] and k["name"] == new["name"] for k in table.indexes):
                table.indexes.append(new)

    def _drop_index(self, name: str, which: "str | list[str]") -> None:
        tables = [self._find(name)] if name else list(self._tables.values())
        for table in tables:
            if table is None:
                continue
            for attribute in ("indexes", "unique"):
                setattr(table, attribute, [k for k in getattr(table, attribute) if not _is(k, which)])

    def _drop_constraint(self, name: str, which: "str | list[str]") -> None:
        table = self._find(name)
        if table is None:
            return
        if isinstance(which, str) and which.lower() in {f"{table.name}_pkey".lower(), f"pk_{table.name}".lower(), "primary"}:
            table.primary_key = []
        for attribute in ("foreign_keys", "unique", "indexes"):
            setattr(table, attribute, [k for k in getattr(table, attribute) if not _is(k, which, table.name)])

    def _drop_foreign_key(self, name: str, which: "str | list[str]") -> None:
        table = self._find(name)
        if table is not None:
            table.foreign_keys = [k for k in table.foreign_keys if not _is(k, which, table.name)]

    def _rename_key(self, name: str, old: str, new: str) -> None:
        named = self._find(name)
        tables = [table for table in ([named] if name else list(self._tables.values())) if table is not None]
        for table in tables:
            for key in table.foreign_keys + table.unique + table.indexes:
                if key["name"].lower() == old.lower():
                    key["name"] = new

    def _constraint_from_index(self, name: str, index: str, primary: bool = False) -> None:
        """`ADD CONSTRAINT … PRIMARY KEY | UNIQUE USING INDEX`: the index is unique already; it may become the primary key."""
        table = self._find(name)
        found = [k for k in table.unique if k["name"].lower() == index.lower()] if table is not None and primary else []
        if table is not None and found:
            table.unique.remove(found[0])
            self._add_primary_key(name, found[0]["columns"])

    def _frozen(self, table: _Table) -> Table:
        indexes = [tuple(k["columns"]) for k in table.indexes if k["plain"] and k["columns"]]
        unique = [tuple(k["columns"]) for k in table.unique if k["plain"] and k["columns"]]
        foreign_keys = []
        for fk in table.foreign_keys:
            target = self._find(fk["references"])
            if target is None and bare(fk["references"]).lower() in self._dropped:
                continue  # SQLite keeps a key while its target is rebuilt: dropped, then another table is renamed to it
            name = target.name if target is not None else bare(fk["references"])
            foreign_keys.append(ForeignKey(tuple(fk["columns"]), name, fk["enforced"], table.line))
            if self.auto_fk_index and not covers([table.primary_key, *unique, *indexes], fk["columns"]):
                indexes.append(tuple(fk["columns"]))
        columns = []
        for name, kept in table.columns.items():
            null = False if name in table.primary_key else (kept[2] if len(kept) > 2 else None)
            columns.append(Column(name, str(kept[1] or "") if len(kept) > 1 else "", null))
        return Table(
            table.name,
            table.label,
            table.file,
            table.line,
            tuple(columns),
            tuple(table.primary_key),
            _once(foreign_keys),
            _once(indexes),
            _once(unique),
            self.orm,
        )


def covers(keys: "list[Any]", columns: "list[str] | tuple[str, ...]") -> bool:
    """Whether some key begins with these columns, in any order: then a lookup by them does not scan the table."""
    wanted = {c.lower() for c in columns}
    return any({c.lower() for c in list(key)[: len(wanted)]} == wanted for key in keys)


def _once(items: "list[Any]") -> "tuple[Any, ...]":
    return tuple(dict.fromkeys(items))


def _actual(table: _Table, column: str) -> str:
    if column in table.columns:
        return column
    low = column.lower()
    return next((name for name in table.columns if name.lower() == low), column)


def _fk(fk: "dict[str, Any]", table: str) -> "dict[str, Any]":
    return {
        "name": fk.get("name", ""),
        "columns": list(fk["columns"]),
        "references": bare(fk["references"]),
        "ref_columns": list(fk.get("ref_columns", [])),
        "enforced": fk.get("enforced", True),
        "stem": _stem(table, fk["columns"]),
        "ends": ("_fkey", "_foreign"),
    }


def _key(key: "dict[str, Any]", table: str) -> "dict[str, Any]":
    return {
        "name": key.get("name", ""),
        "columns": list(key["columns"]),
        "plain": key.get("plain", True),
        "stem": _stem(table, key["columns"]),
        "ends": ("_key", "_idx", "_unique", "_index"),
    }


def _stem(table: str, columns: "list[str]") -> str:
    """The beginning of a name that the database makes up: it stays when the table or a column is renamed later."""
    return f"{table.rpartition('.')[2]}_{'_'.join(columns)}".lower()


def _is(key: "dict[str, Any]", which: "str | list[str]", table: str = "") -> bool:
    if isinstance(which, list):
        return [c.lower() for c in key["columns"]] == [c.lower() for c in which]
    low = which.lower()
    if key["name"]:
        return str(key["name"]).lower() == low
    # PostgreSQL names an unnamed constraint <table>_<columns>_<fkey|key|idx>; Rails and Laravel names look alike
    stems = {key["stem"], _stem(table, key["columns"])}
    return bool(table) and any(low == stem + end for stem in stems for end in key["ends"])
