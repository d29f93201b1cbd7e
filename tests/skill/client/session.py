"""One headless session of Claude Code in a home and a project of its own, with the skill put where a user would put it."""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

from backend_agent import cache

from .model import Model, text_of

VERSION = os.environ.get("BACKEND_AGENT_CLIENT_VERSION", "2.1.331")
LEFT_OUT = shutil.ignore_patterns(".git", ".*_cache", ".hypothesis", "__pycache__", "node_modules", ".venv")
LISTING = "The following skills are available"


def client():
    """The path of the client, installed from npm into the user's cache when it is first asked for."""
    folder = cache.path("clients", f"claude-code-{VERSION}")
    if not binary(folder):
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        building = tempfile.mkdtemp(prefix="building-", dir=os.path.dirname(folder))
        call = [shutil.which("npm"), "install", "--prefix", building, "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run([*call, f"@anthropic-ai/claude-code@{VERSION}"], capture_output=True, text=True, check=False)
        assert binary(building), f"npm could not install the client: {done.stderr[-800:]}"
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(building, folder)
    return binary(folder)


def binary(folder):
    found = sorted(glob.glob(os.path.join(folder, "node_modules", "@anthropic-ai", "claude-code-*", "claude*")))
    return next((path for path in found if os.path.basename(path) in {"claude", "claude.exe"}), "")


class Session:
    """What happened: `listing` is what the model was told of skills, `bodies` what it got of one, `tools` are its calls with results."""

    def __init__(self, requests, events, code, stderr):
        self.code = code
        self.stderr = stderr
        said = [text_of(message) for message in requests[-1]["messages"]] if requests else []
        self.listing = next((text for text in said if LISTING in text), "")
        self.bodies = [text for text in said if "Base directory for this skill:" in text]
        self.results = [e for e in events if e.get("type") == "result"]
        self.denied = [denial for result in self.results for denial in result.get("permission_denials") or []]
        self.tools = list(_tools(requests))


def _tools(requests):
    blocks = [b for m in (requests[-1]["messages"] if requests else []) if isinstance(m["content"], list) for b in m["content"]]
    calls = {b["id"]: b for b in blocks if b["type"] == "tool_use"}
    for block in blocks:
        if block["type"] == "tool_result":
            yield calls[block["tool_use_id"]]["name"], bool(block.get("is_error")), text_of(block)


def run(work, skill, way, prompt, turns, *words, files=None, settings=None):
    """A session in the folder `work`, a pathlib.Path. `way`: user, project, link, plugin, alone (SKILL.md and nothing else)."""
    home, project = work / "home", work / "project"
    (home / ".claude").mkdir(parents=True)
    shutil.copytree(files, project) if files else project.mkdir()
    if settings:
        (home / ".claude" / "settings.json").write_text(json.dumps(settings))
    words = [*_installed(work, home, project, skill, way), *words]
    with Model(turns) as model:
        call = [client(), "-p", "--output-format", "stream-json", "--verbose", *words, "--", prompt]
        done = subprocess.run(
            call, cwd=project, env=_environment(home, model.url), stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
        )
    events = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    return Session(model.requests, events, done.returncode, done.stderr.decode())


def _installed(work, home, project, skill, way):
    """Put the skill there; the words for the client's command line."""
    if way in {"plugin", "link"}:
        place = work / "elsewhere" / "backend-agent"
    else:
        place = (project if way == "project" else home) / ".claude" / "skills" / "backend-agent"
    if way == "alone":
        place.mkdir(parents=True)
        shutil.copy(os.path.join(skill, "SKILL.md"), place)
    else:
        shutil.copytree(skill, place, ignore=LEFT_OUT)
    if way == "link":
        (home / ".claude" / "skills").mkdir()
        (home / ".claude" / "skills" / "backend-agent").symlink_to(place)
    return ["--plugin-dir", str(place)] if way == "plugin" else []


def _environment(home, url):
    """Nothing of the user's but the way to programs and our cache; nothing reaches further than this machine."""
    return {
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "BACKEND_AGENT_CACHE": cache.folder(),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "none",
        "HTTPS_PROXY": url,
        "HTTP_PROXY": url,
        "NO_PROXY": "127.0.0.1,localhost",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
    }
