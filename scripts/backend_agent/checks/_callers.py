"""Whether code looks at who is calling: what it does, without what it only says about it.

A comment, a text for people and the keys of an answer name users and owners without asking for one, and so do the columns of a row that
was fetched (`card.user.name`), unless they are compared with something.
"""

import re

_COMMENTS = {
    "python": re.compile(r"(?m)(?:^|(?<=\s))#[^\n]*"),
    "ruby": re.compile(r"(?m)(?:^|(?<=\s))#(?!\{)[^\n]*"),
    "": re.compile(r"(?m)(?:^|(?<=[\s;{}(,]))//[^\n]*|/\*.*?\*/", re.DOTALL),
}
_TEXTS = re.compile(
    r'(?P<text>[frbFRB]{0,2}"""(?:[^\\]|\\.)*?"""|[frbFRB]{0,2}\'\'\'(?:[^\\]|\\.)*?\'\'\''
    r"|[frbFRB$@]{0,2}\"(?:[^\"\\\n]|\\.)*\"|[frbFRB]{0,2}'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)(?P<key>\s*:(?!:))?",
    re.DOTALL,
)
_SQL = re.compile(
    r"(?is)\bselect\b.+\bfrom\b|\binsert\s+into\b|\bupdate\b.+\bset\b|\bdelete\s+from\b|\bwhere\b.+[=<>]|^\s*(?:and|or)\b.+[=<>]"
)
_HOLE = re.compile(r"\$?\{([^{}]*)\}")
_OWNING = re.compile(r"(?i)(?:user|owner|customer|account|tenant|member|author|creat\w*|org\w*)_?(?:id|uuid)$")


def code(text: str, language: str) -> str:
    """What a function does: without comments, texts for people, and keys that name no owner. Lines stay."""
    comments = _COMMENTS.get(language, _COMMENTS[""])
    without = _outside_texts(text, comments)
    if language == "ruby":
        without = _GOES_ON.sub("", without)
    return _TEXTS.sub(_without, without)


_GOES_ON = re.compile(r"(?m)\bredirect_to\b(?![^\n]*\b(?:if|unless)\b)[^\n]*")
"""Where the caller is sent afterwards."""


def _outside_texts(text: str, comments: "re.Pattern[str]") -> str:
    """Comments as empty lines; a sign of one inside a text is none."""
    inside = [match.span("text") for match in _TEXTS.finditer(text)]

    def one(match: "re.Match[str]") -> str:
        within = any(start < match.start() and match.end() <= end for start, end in inside)
        return match.group() if within else "\n" * match.group().count("\n")

    return comments.sub(one, text)


def _without(match: "re.Match[str]") -> str:
    said, key = match["text"], match["key"] or ""
    inner = said.strip("frbFRB$@").strip("\"'`")
    lines = "\n" * said.count("\n")
    if key:
        return match.group() if _OWNING.search(inner) else f'""{lines}{key}'
    if not re.search(r"\s", inner.strip()) or _SQL.search(inner):
        return match.group()  # a name, or a statement
    return " ".join(["", *_HOLE.findall(said), lines])


_COMPARED = re.compile(
    r"(?:[!=]==?|\bis(?:\s+not)?|\bnot\s+in|\bin|\beq|\bne|(?i:equals?\())\s*\0"
    r"|\0\s*(?:(?:[!=]==?|is\b(?:\s+not\b)?)(?!\s*(?:null|None|nil|undefined)\b)|not in\b|in\b|[?!]?\.\s*(?i:equals?\b|eql\?))"
)
_STORES = re.compile(
    r"\b\w+(?:Repository|Repo|Dao|Mapper)\b|(?m:^[ \t]*(?:final\s+)?[A-Z]\w*(?:<[^<>\n]*>)?(?=\s+\w+\s*[=;]))"
    r"|\b\w*(?:Message|Error|Text)s?\.[A-Z][A-Z_]{2,}\b"
    r"|\bnew\s+\w*(?:Response|Dto|DTO|View|Exception|Error)\b"
)
"""Names of what is queried, of the type of a variable, of a message, of an answer."""


def of_the_row(text: str, name: str) -> str:
    """The text without the columns of a fetched row, and of what is made of it, but for those that are compared."""
    text = _STORES.sub("", text)
    rows = [name] if name else []
    for one in rows:
        made = re.findall(rf"(?m)(?:^|[\s;{{(])(\w+)\s*=(?![=>])[^;\n]*(?<![\w.]){re.escape(one)}\b", text)
        rows += [other for other in dict.fromkeys(made) if other not in rows and len(rows) < 6]
    for one in rows:
        text = _columns(text, one)
    return re.sub(r"\b(?:find|get|load|fetch)\w*By\w+\(\s*row\b", "row", text)


def _columns(text: str, name: str) -> str:
    one_of = rf"(?<![\w.$@]){re.escape(name)}"
    chain = re.compile(rf"{one_of}(?:(?:\?|!)?(?:\.|->|::)(?:get[A-Z]\w*\(\s*\)|\w+(?![\w\s]*\()))+|{one_of}\[[^\]\n]*\]")

    def one(match: "re.Match[str]") -> str:
        around = text[max(match.start() - 12, 0) : match.start()] + "\0" + text[match.end() : match.end() + 14]
        return match.group() if _COMPARED.search(around) else "row"

    return re.sub(rf"{one_of}\b(?!\s*(?:\.|->|\[|\())", "row", chain.sub(one, text))


def row(text: str, at: int) -> str:
    """The variable that what is fetched at an offset goes into, "" where there is none."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    found = re.search(r"(?:^|[\s(;{])[$@]?(\w+)\s*(?::\s*[^=\n]+?)?\s*:?=(?!=)\s*(?:await\s+)?[^=\n]*$", before)
    return found.group(1) if found else ""


def person(head: str, body: str) -> bool:
    """Whether a function uses the caller that its signature takes."""
    names = {name for name in re.findall(r"\w+", head) if _PERSON.search(name) and not re.match(r"[A-Z]|get_|require", name)}
    return any(re.search(rf"(?<![\w.]){re.escape(name)}\b(?!\s*=(?!=))", body) for name in names)


_PERSON = re.compile(r"(?i)user|auth|account|principal|claims|caller|identity|member|actor|viewer|^me$")
