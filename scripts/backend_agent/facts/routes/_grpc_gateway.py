"""grpc-gateway: HTTP routes that `.proto` files give to the methods of a service by `option (google.api.http)`."""

import posixpath
import re

from backend_agent.facts.routes._flatten import parameters
from backend_agent.facts.routes._go_run import Program
from backend_agent.model import Guard, Route

GATEWAY = "github.com/grpc-ecosystem/grpc-gateway"
REGISTERED = re.compile(r"\bRegister(\w+?)Handler(?:Server|FromEndpoint|Client)?\(")
SERVICE = re.compile(r"^service\s+(\w+)\s*\{", re.MULTILINE)
RPC = re.compile(r"\brpc\s+(\w+)\s*\(")
RULE = re.compile(
    r"\b(get|put|post|delete|patch)\s*:\s*\"([^\"]+)\"|\bcustom\s*:?\s*\{[^}]*?kind\s*:\s*\"(\w+)\"[^}]*?path\s*:\s*\"([^\"]+)\""
)
HTTP = "google.api.http"
COMMENT = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|//[^\n]*|/\*.*?\*/", re.DOTALL)
VARIABLE = re.compile(r"\{([\w.]+)(?:=([^}]*))?\}")
FOREIGN = re.compile(r"(?:^|/)(?:google|third_party|vendor|node_modules|testdata|examples?)/")


def routes(program: Program) -> "list[Route]":
    """The routes of the services that the project hands to a gateway; of all services where none is named."""
    if not any(GATEWAY in target for content in program.facts.values() for _, target in content.get("imports", ())):
        return []
    named = {m for path in sorted(program.facts) for m in REGISTERED.findall(program.repository.read(path))}
    found: list[Route] = []
    for path in program.repository.paths:
        if path.endswith(".proto") and not FOREIGN.search(path):
            text = program.repository.read(path)
            if HTTP in text:
                found.extend(_file(program, path, text, named))
    return list({(r.method, r.path, r.handler): r for r in found}.values())


def _file(program: Program, path: str, text: str, named: "set[str]") -> "list[Route]":
    plain = COMMENT.sub(lambda m: m.group(0) if m.group(0)[0] == '"' else re.sub(r"[^\n]", " ", m.group(0)), text)
    found = []
    for service in SERVICE.finditer(plain):
        if named and service.group(1) not in named:
            continue
        body = plain[service.end() : _closing(plain, service.end())]
        starts = [*RPC.finditer(body)]
        for at, rpc in enumerate(starts):
            end = starts[at + 1].start() if at + 1 < len(starts) else len(body)
            said = body.find(HTTP, rpc.end(), end)
            if said < 0:
                continue
            line = plain.count("\n", 0, service.end() + rpc.start()) + 1
            place = _handler(program, service.group(1), rpc.group(1))
            for verb, where in _rules(body[said : _option_end(body, said, end)]):
                found.append(_route(verb, where, f"{service.group(1)}.{rpc.group(1)}", path, line, place))
    return found


def _route(verb: str, where: str, name: str, path: str, line: int, place: "tuple[str, int, int]") -> Route:
    full = VARIABLE.sub(_variable, where)
    guard = Guard("unknown", "", f"interceptors of gRPC {path}:{line}")
    return Route(verb, full, name, path, line, guard, "grpc-gateway", *place, "", parameters(full))


def _variable(match: "re.Match[str]") -> str:
    """`{name=notes/*}` is `notes/{name}`."""
    name, said = match.group(1).replace(".", "_"), match.group(2)
    if not said:
        return f"{{{name}}}"
    stars = said.count("*") - said.count("**")
    numbers = iter(range(1, 99))
    return re.sub(r"\*\*?", lambda _m: f"{{{name}}}" if stars < 2 else f"{{{name}_{next(numbers)}}}", said)


def _rules(text: str) -> "list[tuple[str, str]]":
    return [((m.group(1) or m.group(3)).upper(), m.group(2) or m.group(4)) for m in RULE.finditer(text)]


def _closing(text: str, at: int) -> int:
    """Where the brace that stands before `at` is closed."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(text, at):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    return len(text)


def _option_end(text: str, at: int, limit: int) -> int:
    start = text.find("{", at, limit)
    return _closing(text, start + 1) if start >= 0 else limit


def _handler(program: Program, service: str, rpc: str) -> "tuple[str, int, int]":
    """The method of the type that embeds `UnimplementedXServer`, in whatever file of its package it is."""
    for folder in _homes(program, service):
        for path, at in program.index(folder).get(f"*.{rpc}", ()):
            text = program.repository.read(path)
            end = text.find("\n}", at)
            return path, text.count("\n", 0, at) + 1, text.count("\n", 0, end) + 2 if end > 0 else 0
    return "", 0, 0


def _homes(program: Program, service: str) -> "list[str]":
    if not program.servers:
        program.servers["?"] = []
        for folder, files in program.folders.items():
            for path in files:
                text = "" if path.endswith((".pb.go", ".pb.gw.go")) else program.repository.read(path)
                for name in re.findall(r"\bUnimplemented(\w+?)Server\b", text) if "Unimplemented" in text else ():
                    program.servers.setdefault(name, []).append(posixpath.normpath(folder) if folder else "")
    return list(dict.fromkeys(program.servers.get(service, [])))
