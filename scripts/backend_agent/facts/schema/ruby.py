"""Rails: db/schema.rb and migrations, which share one language, and the associations of ActiveRecord classes (guides.rubyonrails.org)."""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.schema.state import Operation, Schema
from backend_agent.facts.source import SourceFile
from backend_agent.model import ForeignKey, Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ast_grep_py import SgNode

COLUMNS = {
    "string": "varchar",
    "text": "text",
    "integer": "int",
    "bigint": "bigint",
    "float": "float",
    "decimal": "numeric",
    "numeric": "numeric",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "time": "time",
    "date": "date",
    "binary": "bytea",
    "blob": "bytea",
    "boolean": "bool",
    "json": "json",
    "jsonb": "jsonb",
    "uuid": "uuid",
    "inet": "inet",
    "cidr": "cidr",
    "hstore": "hstore",
    "citext": "text",
    "enum": "enum",
    "tsvector": "tsvector",
    "xml": "xml",
    "bigserial": "bigint",
    "serial": "int",
    "virtual": "",
    "column": "",
    "primary_key": "bigint",
    "int4range": "range",
    "daterange": "range",
    "tstzrange": "range",
    "tsrange": "range",
    "numrange": "range",
    "int8range": "range",
    "point": "point",
    "interval": "interval",
    "vector": "vector",
    "st_point": "point",
    "geometry": "geometry",
    "macaddr": "macaddr",
    "bit": "bit",
    "oid": "oid",
    "mediumtext": "text",
    "longtext": "text",
    "tinyint": "int",
    "smallint": "smallint",
    "halfvec": "vector",
}


def wants(path: str, text: str) -> bool:
    return (
        "ActiveRecord::Schema" in text
        or "ActiveRecord::Migration" in text
        or bool(
            re.search(
                r"(?m)^\s*(?:belongs_to|self\.table_name)\b|^\s*class\s+\S+\s*<\s*(?:ApplicationRecord|(?:::)?ActiveRecord::Base)\b", text
            )
        )
    )


def extract(source: SourceFile) -> "dict[str, Any]":
    text = source.text
    if "ActiveRecord::Schema" in text:
        return {"snapshot": {"tool": "activerecord", "ops": _operations(source.root, _pk_type(text))}}
    if "ActiveRecord::Migration" in text:
        scope = _method(source.root, "change") or _method(source.root, "up")
        name = source.path.rpartition("/")[2]
        version = re.search(r"ActiveRecord::Migration\[(\d+\.\d+)\]", text)
        since = float(version.group(1)) if version else 4.2
        known = _constants(source.root)
        operations = _operations(scope, "bigint" if since >= 5.1 else "int", since >= 5.0, known) if scope is not None else []
        entry = {"tool": "activerecord", "id": name.partition("_")[0], "ops": operations, "order": name}
        return {"migration": entry}
    return {"models": _models(source.root)}


def _pk_type(text: str) -> str:
    return "bigint" if re.search(r"Schema\[(5\.[1-9]|[6-9]|\d\d)", text) or "Schema.define" in text else "int"


def _method(root: "SgNode", name: str) -> "SgNode | None":
    kinds = [{"kind": "method"}, {"kind": "singleton_method"}]
    return root.find(any=kinds, has={"field": "name", "regex": f"^{name}$"})


def value(node: "SgNode | None") -> "Any":
    """A Ruby literal: text, number, True/False/None, list, dict; anything else as its source behind `~`."""
    if node is None:
        return None
    kind, text = node.kind(), node.text()
    if kind in {"simple_symbol", "hash_key_symbol"}:
        return text.strip(":")
    if kind in {"string", "delimited_symbol", "heredoc_body"}:
        kinds = {"string_content", "heredoc_content", "escape_sequence", "interpolation"}
        return "".join(c.text() for c in node.children() if c.kind() in kinds)
    if kind == "integer":
        return int(text.replace("_", "")) if text.replace("_", "").isdigit() else 0
    if kind in {"true", "false", "nil"}:
        return {"true": True, "false": False, "nil": None}[kind]
    if kind in {"array", "string_array", "symbol_array"}:
        return [value(c) for c in node.children() if c.is_named()]
    if kind in {"bare_string", "bare_symbol"}:
        return text
    if kind == "hash":
        return dict(_pair(c) for c in node.children() if c.kind() == "pair")
    return "~" + text[:200]


def _pair(node: "SgNode") -> "tuple[str, Any]":
    return str(value(node.field("key"))), value(node.field("value"))


def _call(node: "SgNode") -> "tuple[list[Any], dict[str, Any]]":
    args: list[Any] = []
    options: dict[str, Any] = {}
    arguments = node.field("arguments")
    for child in arguments.children() if arguments is not None else []:
        if child.kind() == "pair":
            key, content = _pair(child)
            options[key] = content
        elif child.kind() == "hash":
            options.update(value(child))
        elif child.is_named():
            args.append(value(child))
    return args, options


def _name(node: "SgNode") -> "tuple[str, str]":
    method, receiver = node.field("method"), node.field("receiver")
    return (receiver.text() if receiver is not None else ""), (method.text() if method is not None else "")


def _constants(root: "SgNode") -> "dict[str, Any]":
    """The names that the file gives to texts and to lists of texts."""
    found: dict[str, Any] = {}
    for node in root.find_all(kind="assignment"):
        left, content = node.field("left"), value(_thawed(node.field("right")))
        if left is not None and (isinstance(content, list) or (isinstance(content, str) and not content.startswith("~"))):
            found[left.text()] = content
    return found


def _thawed(node: "SgNode | None") -> "SgNode | None":
    """`%w[a b].freeze` is its list."""
    return node.field("receiver") if node is not None and node.kind() == "call" and _name(node)[1] == "freeze" else node


def _put(content: "Any", known: "dict[str, Any]") -> "Any":
    """The value with the names in it that are known."""
    if isinstance(content, list):
        return [_put(item, known) for item in content]
    if isinstance(content, dict):
        return {key: _put(item, known) for key, item in content.items()}
    if not isinstance(content, str):
        return content
    if content.startswith("~"):
        return known.get(content[1:].removesuffix(".to_s").removesuffix(".to_sym"), content)
    return re.sub(r"#\{([\w@]+)\}", lambda m: str(known.get(m.group(1), m.group())), content)


def _turns(node: "SgNode", known: "dict[str, Any]") -> "tuple[SgNode | None, list[dict[str, Any]]]":
    """`%w[a b].each do |name| … end`: the block, and what its names are turn by turn."""
    block, receiver = node.field("block"), node.field("receiver")
    parameters = block.find(kind="block_parameters") if block is not None else None
    items = _put(value(_thawed(receiver)), known) if receiver is not None else None
    if block is None or parameters is None or not isinstance(items, list) or len(items) > 500:
        return None, []
    names = [name.strip() for name in parameters.text().strip("|() ").split(",")]
    rows = [item if len(names) > 1 and isinstance(item, list) else [item] for item in items]
    return block, [dict(zip(names, row, strict=False)) for row in rows]


def _operations(
    scope: "SgNode",
    pk_type: str,
    index_references: bool = True,
    known: "dict[str, Any] | None" = None,
    above: "tuple[str, str] | None" = None,
) -> "list[Operation]":
    """`index_references`: since Rails 5.0 a reference is indexed unless told otherwise. `above`: variable and table of a block around."""
    known = known or {}
    found: list[Operation] = []
    tables: list[tuple[int, int, str, str]] = []  # begin, end, block variable, table
    done: list[tuple[int, int]] = []
    if above is not None:
        span = scope.range()
        tables.append((span.start.index, span.end.index, *above))
    for node in scope.find_all(kind="call"):
        receiver, method = _name(node)
        start = node.range().start.index
        if any(begin <= start < end for begin, end in done):
            continue
        around = [table for table in reversed(tables) if table[0] < start < table[1]]
        if method == "each":
            block, turns = _turns(node, known)
            if block is not None and turns:
                done.append((start, node.range().end.index))
                outer = (around[0][2], around[0][3]) if around else None
                for turn in turns:
                    found.extend(_operations(block, pk_type, index_references, {**known, **turn}, outer))
            continue
        inside = next((table for table in around if table[2] == receiver), None)
        if inside is None and receiver not in {"", "self", "connection"}:
            continue
        args, options = _put(list(_call(node)), known)
        if method in {"references", "belongs_to", "add_reference", "add_belongs_to"}:
            options.setdefault("index", index_references)
        if inside is not None:
            found.extend(_block_call(inside[3], method, args, options))
        elif method in {"create_table", "change_table", "create_join_table"} and args:
            found.extend(_table_call(method, args, options, pk_type, node, tables))
        elif method == "execute" or not _made_up(args):
            found.extend(_one(method, args, options, node))
    return found


def _made_up(args: "list[Any]") -> bool:
    """Whether the table's name is only known when the migration runs."""
    return bool(args) and bool(re.match(r"~|.*#\{", str(args[0])))


def _table_call(
    method: str, args: "list[Any]", options: "dict[str, Any]", pk_type: str, node: "SgNode", tables: "list[tuple[int, int, str, str]]"
) -> "list[Operation]":
    """A call that makes or changes a table; its block goes to `tables`."""
    if _made_up(args):
        return []
    found: list[Operation] = []
    table = str(args[0])
    if method == "create_table":
        found.append(_create_table(table, options, pk_type, node))
    elif method == "create_join_table" and len(args) > 1:
        table = str(options.get("table_name") or "_".join(sorted([str(args[0]), str(args[1])])))
        columns = [[f"{_singular(str(a))}_id", "bigint", False] for a in args[:2]]
        found.append(["create_table", table, {"columns": columns, "line": node.range().start.line + 1}])
    block = node.field("block")
    if block is not None:
        parameter = block.find(kind="block_parameters")
        variable = parameter.text().strip("|() ") if parameter is not None else "t"
        span = block.range()
        tables.append((span.start.index, span.end.index, variable, table))
    return found


def _create_table(table: str, options: "dict[str, Any]", pk_type: str, node: "SgNode") -> Operation:
    line = node.range().start.line + 1
    key = options.get("primary_key", "id")
    what: dict[str, Any] = {"columns": [], "primary_key": [], "line": line}
    if options.get("if_not_exists") is True:
        what["if_not_exists"] = True
    kind = options.get("id", True)
    if isinstance(key, list):
        what["primary_key"] = [str(k) for k in key]
    elif kind is not False:
        shown = COLUMNS.get(str(kind), str(kind)) if isinstance(kind, str) else pk_type
        if isinstance(kind, dict):
            shown = COLUMNS.get(str(kind.get("type")), pk_type)
        what["columns"] = [[str(key), shown, False]]
        what["primary_key"] = [str(key)]
    return ["create_table", table, what]


def _null(options: "dict[str, Any]") -> bool:
    return options.get("null") is not False


def _block_call(table: str, method: str, args: "list[Any]", options: "dict[str, Any]") -> "list[Operation]":
    if method == "timestamps":
        null = options.get("null") is True
        return [
            ["add_column", table, ["created_at", "timestamp", null]],
            ["add_column", table, ["updated_at", "timestamp", null]],
        ]
    if method in {"references", "belongs_to"}:
        return [op for name in args for op in _reference(table, str(name), options)]
    if method in {
        "index",
        "foreign_key",
        "remove",
        "rename",
        "remove_references",
        "remove_belongs_to",
        "remove_index",
        "change",
        "change_null",
    }:
        verb = {
            "index": "add_index",
            "foreign_key": "add_foreign_key",
            "remove": "remove_columns",
            "rename": "rename_column",
            "remove_references": "remove_reference",
            "remove_belongs_to": "remove_reference",
            "change": "change_column",
            "change_null": "change_column_null",
        }.get(method, method)
        return _one(verb, [table, *args], options, None)
    if method == "column" and len(args) > 1:
        return _column(table, str(args[0]), str(args[1]), options)
    if method in COLUMNS:
        return [op for name in args if isinstance(name, str) for op in _column(table, name, method, options)]
    return []


def _column(table: str, name: str, kind: str, options: "dict[str, Any]") -> "list[Operation]":
    shown = COLUMNS.get(kind, kind)
    if kind == "integer" and options.get("limit") == 8:
        shown = "bigint"
    if options.get("array") is True:
        shown += "[]"
    found: list[Operation] = [["add_column", table, [name, shown, _null(options)]]]
    if options.get("primary_key") is True or kind == "primary_key":
        found.append(["add_primary_key", table, [name]])
    if options.get("index"):
        extra = options["index"] if isinstance(options["index"], dict) else {}
        found.append(_index(table, [name], extra))
    return found


def _index(table: str, columns: "list[str]", options: "dict[str, Any]") -> Operation:
    expression = any(re.search(r"[()\s]", c) for c in columns)
    plain = "where" not in options and options.get("using", "btree") in {"btree", "hash"} and not expression
    names = [] if expression else columns
    key = {"name": str(options.get("name") or f"index_{table}_on_{'_and_'.join(columns)}"), "columns": names, "plain": plain}
    return ["add_unique" if options.get("unique") is True else "add_index", table, key]


def _reference(table: str, name: str, options: "dict[str, Any]") -> "list[Operation]":
    polymorphic = options.get("polymorphic")
    kind = COLUMNS.get(str(options.get("type", "bigint")), "bigint")
    found: list[Operation] = []
    columns = [f"{name}_id"]
    if polymorphic:
        found.append(["add_column", table, [f"{name}_type", "varchar", _null(options)]])
        columns = [f"{name}_type", f"{name}_id"]
    found.append(["add_column", table, [f"{name}_id", kind, _null(options)]])
    index = options.get("index", True)
    if index is not False:
        found.append(_index(table, columns, index if isinstance(index, dict) else {}))
    key = options.get("foreign_key")
    if key and not polymorphic:
        target = str(key.get("to_table") or _plural(name)) if isinstance(key, dict) else _plural(name)
        found.append(["add_foreign_key", table, {"columns": [f"{name}_id"], "references": target}])
    return found


def _list(content: "Any") -> "list[str]":
    return [str(c) for c in content] if isinstance(content, list) else ([str(content)] if isinstance(content, str) else [])


def _one(method: str, args: "list[Any]", options: "dict[str, Any]", node: "SgNode | None") -> "list[Operation]":  # noqa: C901
    table = str(args[0]) if args else ""
    if method == "execute" and args:
        text = args[0]
        if isinstance(text, str) and text.startswith("~<<") and node is not None:
            body = (node.parent() or node).find(kind="heredoc_body")
            text = value(body)
        text = re.sub(r"#\{[^}]*\}", "", text) if isinstance(text, str) else "~"
        return sql.operations(text) if not text.startswith("~") else []
    if method == "drop_table":
        return [["drop_table", str(a)] for a in args]
    if method == "rename_table" and len(args) > 1:
        return [["rename_table", table, str(args[1])]]
    if method in {"add_column", "add_columns"} and len(args) > 2:
        return [op for name in args[1:-1] for op in _column(table, str(name), str(args[-1]), options)]
    if method == "add_columns" and len(args) > 1:
        return [op for name in args[1:] for op in _column(table, str(name), str(options.get("type", "")), options)]
    if method in {"remove_column", "remove_columns"}:
        names = args[1:2] if method == "remove_column" else args[1:]
        return [["drop_column", table, str(name)] for name in names]
    if method == "rename_column" and len(args) > 2:
        return [["rename_column", table, str(args[1]), str(args[2])]]
    if method == "change_column" and len(args) > 2:
        what: dict[str, Any] = {"type": COLUMNS.get(str(args[2]), str(args[2]))}
        if isinstance(options.get("null"), bool):
            what["null"] = options["null"]
        return [["alter_column", table, str(args[1]), what]]
    if method == "change_column_null" and len(args) > 2:
        return [["alter_column", table, str(args[1]), {"null": args[2] is True}]]
    if method in {"add_reference", "add_belongs_to"} and len(args) > 1:
        return _reference(table, str(args[1]), options)
    if method in {"remove_reference", "remove_belongs_to"} and len(args) > 1:
        extra = [["drop_column", table, f"{args[1]}_type"]] if options.get("polymorphic") else []
        return [["drop_column", table, f"{args[1]}_id"], *extra]
    if method in {"add_index", "add_concurrent_index"} and len(args) > 1:
        return [_index(table, _list(args[1]), options)]
    if method in {"remove_index", "remove_concurrent_index"}:
        if "name" in options:
            return [["drop_index", table, str(options["name"])]]
        return [["drop_index", table, _list(options.get("column", args[1] if len(args) > 1 else []))]]
    if method == "add_primary_key" and len(args) > 1:
        return [["add_primary_key", table, _list(args[1])]]
    if method == "rename_index" and len(args) > 2:
        return [["rename_key", table, str(args[1]), str(args[2])]]
    if method == "add_foreign_key" and len(args) > 1:
        target = str(args[1])
        columns = _list(options.get("column")) or [f"{_singular(target.rpartition('.')[2])}_id"]
        return [["add_foreign_key", table, {"columns": columns, "references": target, "name": str(options.get("name") or "")}]]
    if method == "remove_foreign_key":
        if "name" in options:
            return [["drop_foreign_key", table, str(options["name"])]]
        columns = _list(options.get("column")) or ([f"{_singular(str(args[1]))}_id"] if len(args) > 1 else [])
        return [["drop_foreign_key", table, columns]]
    if method == "add_timestamps":
        return _block_call(table, "timestamps", [], options)
    if method == "remove_timestamps":
        return [["drop_column", table, "created_at"], ["drop_column", table, "updated_at"]]
    return []


_IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "datum": "data",
    "medium": "media",
    "news": "news",
    "status": "statuses",
    "index": "indices",
    "analysis": "analyses",
    "criterion": "criteria",
    "equipment": "equipment",
    "information": "information",
    "series": "series",
    "species": "species",
    "move": "moves",
    "quiz": "quizzes",
}
_BACK = {many: one for one, many in _IRREGULAR.items()}


_SINGULAR_IS = {"analysis", "basis", "crisis", "diagnosis", "thesis", "hypothesis", "synthesis", "parenthesis", "prognosis", "synopsis"}


def _plural(name: str) -> str:
    head, _, tail = name.rpartition("_")
    start = f"{head}_" if head else ""
    if tail in _IRREGULAR:
        return start + _IRREGULAR[tail]
    if tail.endswith("sis"):
        return f"{start}{tail[:-2]}es"
    if re.search(r"(?<![siu])s$", tail) and tail not in {"alias", "bias", "gas", "canvas", "atlas"}:
        return name  # Notes, Comments: the libraries leave a plural as it is
    if re.search(r"(s|x|z|ch|sh)$", tail):
        return f"{start}{tail}es"
    if re.search(r"[^aeiou]y$", tail):
        return f"{start}{tail[:-1]}ies"
    if re.search(r"([lr]f|[^f]fe)$", tail):  # shelf, wolf, knife: the inflections of Rails and Laravel agree
        return start + re.sub(r"fe?$", "ves", tail)
    return f"{start}{tail}s"


def _singular(name: str) -> str:
    head, _, tail = name.rpartition("_")
    start = f"{head}_" if head else ""
    if tail in _BACK:
        return start + _BACK[tail]
    if tail.endswith("lves"):
        return f"{start}{tail[:-3]}f"
    if tail.endswith("ies") and len(tail) > 4:
        return f"{start}{tail[:-3]}y"
    if re.search(r"(ss|x|zz|ch|sh|bus|alias|status|virus)es$", tail):
        return start + tail[:-2]
    if tail.endswith(("yses", "ases", "ises", "oses")) and tail[:-2] + "is" in _SINGULAR_IS:
        return f"{start}{tail[:-2]}is"
    return start + tail.removesuffix("s") if not tail.endswith("ss") else start + tail


def _models(root: "SgNode") -> "list[dict[str, Any]]":
    found = []
    for node in root.find_all(kind="class"):
        name, above = node.field("name"), node.field("superclass")
        if name is None or above is None or not re.search(r"(ApplicationRecord|ActiveRecord::Base|Record)\b", above.text()):
            continue
        if re.search(r"\b(?:abstract_class\s*=\s*true|primary_abstract_class)\b", node.text()):
            continue
        item: dict[str, Any] = {"class": name.text(), "line": node.range().start.line + 1, "table": "", "belongs_to": []}
        for call in node.find_all(kind="call"):
            if _name(call) == ("", "belongs_to"):
                args, options = _call(call)
                if args and not options.get("polymorphic"):
                    item["belongs_to"].append([str(args[0]), options.get("foreign_key"), options.get("class_name")])
        table = re.search(r"self\.table_name\s*=\s*['\":](\w+)", node.text())
        item["table"] = table.group(1) if table else ""
        found.append(item)
    return found


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    """Classes with their table by Rails' naming and the associations that may have no constraint; columns are not declared in Ruby."""
    items = [(path, item) for path in sorted(facts) for item in facts[path].get("models") or []]
    by_class = {item["class"].rpartition("::")[2]: item for _path, item in items}

    def table(item: "dict[str, Any]") -> str:
        short = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", item["class"].replace("::", "_")).lower()
        return item["table"] or _plural(short)

    result = []
    for path, item in items:
        keys = []
        for name, key, class_name in item["belongs_to"]:
            target = by_class.get(str(class_name or "").rpartition("::")[2]) if class_name else by_class.get(name.title().replace("_", ""))
            references = table(target) if target else _plural(str(name))
            keys.append(ForeignKey((str(key) if isinstance(key, str) else f"{name}_id",), references, False, item["line"]))
        result.append(Table(table(item), item["class"], path, item["line"], (), (), tuple(keys), (), (), "activerecord"))
    return result


__all__ = ["Schema", "extract", "models", "wants"]
