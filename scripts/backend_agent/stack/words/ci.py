"""The lines that CI runs, with the folder they run in. GitHub, GitLab, CircleCI, Azure, Travis, Bitbucket, Drone, Jenkins and their kin."""

import re

from backend_agent.stack.words import CI_SIZE, Word, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.repository.files import Repository

_RUN = re.compile(
    r"^(\s*)(?:-\s+)?(run|script|before_script|after_script|command|commands|cmd|bash|sh|powershell|pwsh|inlineScript|test_script|build_script|"
    r"test_command|install|build|test)\s*:\s*(.*)$"
)
_WHERE = re.compile(r"^(\s*)(?:-\s+)?(?:working-directory|working_directory|workingDirectory|WORKING_DIRECTORY)\s*:\s*[\"']?([^\"'#\n]+)")
_GRADLE = re.compile(r"^\s+arguments:\s*[\"']?([\w:][\w:. =/-]*)[\"']?\s*$")
"""The tasks that GitHub's action for Gradle runs."""
_JENKINS = re.compile(r"\b(?:sh|bat)\s*\(?\s*(?:script:\s*)?(\"\"\"|'''|\"|')(.*?)\1", re.DOTALL)
_SETUP = ("before_script", "install", "before_install")


def lines(repository: "Repository", path: str) -> "list[Word]":
    """The command lines of one CI file."""
    text = repository.read(path)[:CI_SIZE]
    if path.endswith("Jenkinsfile"):
        return _jenkins(text, path)
    return _yaml(text, path)


def _jenkins(text: str, path: str) -> "list[Word]":
    found = []
    for hit in _JENKINS.finditer(text):
        first = text.count("\n", 0, hit.start(2)) + 1
        for below, body in enumerate(hit[2].split("\n")):
            if body.strip():
                found.append(Word("", "", (body.strip(),), ".", path, first + below, "ci"))
    return found


class _Step:
    """The folder of the workflow, the job and the step that the scanner stands in."""

    def __init__(self) -> None:
        self.workflow = self.job = "."
        self.step = ""
        self.job_name = ""
        self.steps_indent = -1
        self.foreign = False
        """The job checked another repository out: its commands are that one's."""
        self.pending: list[tuple[int, str]] = []

    def enter(self, job: str) -> None:
        self.job_name, self.job, self.steps_indent, self.foreign = job, ".", -1, False


def _checks_out_another(rows: "list[str]", number: int, body: str) -> bool:
    """Whether a row is the `repository:` of a checkout into the workspace itself, of a repository that is named."""
    if not body.startswith("repository:") or "${{" in body:
        return False
    above = "\n".join(rows[max(0, number - 8) : number - 1]).rpartition("uses:")[2]
    below = "\n".join(rows[number : number + 6]).partition("- ")[0]
    step = f"{above}\n{below}"
    return "actions/checkout" in above and not re.search(r"(?m)^\s+path:", step)


def _yaml(text: str, path: str) -> "list[Word]":
    found: list[Word] = []
    state = _Step()
    rows = text.split("\n")
    number, in_jobs = 0, False
    while number < len(rows):
        raw = rows[number]
        number += 1
        body = raw.strip()
        if not body or body[0] == "#":
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        if indent == 0 and not body.startswith("-"):
            _end_step(found, state, path)
            in_jobs = body.startswith("jobs:")
            state.enter(body.rstrip(":"))
        elif in_jobs and indent == 2 and body.endswith(":"):
            _end_step(found, state, path)
            state.enter(body[:-1])
        if body in ("steps:", "tasks:"):
            state.steps_indent = indent
        elif body.startswith("- ") and state.steps_indent >= 0 and indent <= state.steps_indent + 2:
            _end_step(found, state, path)
        state.foreign = state.foreign or _checks_out_another(rows, number, body)
        where = _WHERE.match(raw)
        if where:
            _moved(state, where[2].strip(), in_jobs)
            continue
        asked = _GRADLE.match(raw)
        if asked and "gradle" in "\n".join(rows[max(0, number - 8) : number]).partition("uses:")[2]:
            state.pending.append((number, f"./gradlew {asked[1].strip()}"))
            continue
        run = _RUN.match(raw)
        if not run or run[2] in _SETUP or (in_jobs and indent == 2):
            continue
        number = _commands(rows, number, indent, run[3].strip(), raw, state)
        if state.steps_indent < 0:
            _end_step(found, state, path)
    _end_step(found, state, path)
    return found


def _moved(state: _Step, folder: str, in_jobs: bool) -> None:
    if "${{" in folder or folder.startswith(("/", "~", "$")):
        folder = (
            re.sub(r"^(?:\$\{\{[^}]*\}\}|~|\$\w+|\$\(\w[\w.]*\))/?(?:project/?)?", "", folder)
            if "workspace" in folder.lower() or folder[0] == "~"
            else "../?"
        )
    if state.steps_indent >= 0:
        state.step = folder
    elif in_jobs and state.job_name:
        state.job = folder
    else:
        state.workflow = folder


def _commands(rows: "list[str]", number: int, indent: int, value: str, raw: str, state: _Step) -> int:
    """Collect the commands of a `run:` from its own line, its block or its list; the number of the next row."""
    folded = value[:1] == ">"
    if value and value[0] not in "|>[":
        text = value[1:-1] if value[0] == value[-1] and value[0] in "\"'" and len(value) > 1 else value
        state.pending.append((number, re.sub(r"\s#\s.*$", "", text)))
        return number
    if value[:1] == "[":
        state.pending += [(number, item.strip().strip("\"'")) for item in value.strip("[]").split(",")]
        return number
    above = indent + (raw.strip().startswith("- ")) * 2
    held = ""
    held_at = 0
    while number < len(rows):
        line = rows[number]
        body = line.strip()
        depth = len(line) - len(line.lstrip(" "))
        if body and (depth < above or (depth == above and not body.startswith("- ")) or (depth <= indent and value)):
            break
        if body and not value and not held and not body.startswith(("- ", "#")):
            break  # a mapping: a job or a step of that name, not a list of commands
        number += 1
        if not body or body.startswith("#"):
            continue
        if not value and body.startswith("- "):
            body = body[2:].strip()
            if body[:1] in "|>" and len(body) < 3:
                continue
            body = body[1:-1] if len(body) > 1 and body[0] == body[-1] and body[0] in "\"'" else body
        if not held:
            held_at = number
        held = f"{held} {body}".strip()
        if held.endswith("\\"):
            held = held[:-1].rstrip()
            continue
        if not folded:
            state.pending.append((held_at, held))
            held = ""
    if held:
        state.pending.append((held_at, held))
    return number


def _end_step(found: "list[Word]", state: _Step, path: str) -> None:
    """The step is over: its folder is known now, wherever in the step it stood."""
    folder = state.step or (state.job if state.job != "." else state.workflow)
    loops = branches = 0
    for line, body in state.pending:
        here = join(".", folder)
        moved = re.match(r"^(?:cd|pushd)\s+([^\s;&|]+)\s*$", body)
        loops += bool(_LOOP.match(body)) - bool(_LOOP_END.search(body))
        branches += bool(_BRANCH.match(body)) - bool(_BRANCH_END.search(body))
        if moved and not loops and "$" not in moved[1]:
            folder = join(here, moved[1].strip("\"'"))
        elif loops <= 0 and not state.foreign:  # what a loop runs depends on its variable, and mostly in a folder that it names
            found.append(Word("branch" if branches > 0 else "", "", (body,), here, path, line, "ci", (), f"{path}:{state.job_name}"))
    state.pending, state.step = [], ""


_LOOP, _LOOP_END = re.compile(r"(?:for|while|until)\b"), re.compile(r"(?:^|[;\s])done\b")
_BRANCH, _BRANCH_END = re.compile(r"(?:if|case)\b"), re.compile(r"(?:^|[;\s])(?:fi|esac)\b")
