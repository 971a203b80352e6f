"""Replays real fixes of public projects: what is proven, and what must not be.

For each case of cases.toml: the repository at the base commit, the real code and test changes, the
project's own tests in the sandbox. `triaged verify` must call that red-green, with the failure that
the case names. Patches that only look like a fix (patches.py) must never reach it. Then `triaged run`
with a ticket and a scripted model that gives the real fix must end with a draft pull request, and
with the false ones never.

Repositories are looked for under $TRIAGED_REPOS, as owner+name/repo, owner+name, owner/name or
owner/name.git; nothing is fetched. A case whose repository, commit or programs are missing is SKIPPED.
A small project made in place is always tried, and shows that the judge can say no.
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import patches
from scripted_model import ScriptedModel

HERE = Path(__file__).resolve().parent
RED_GREEN = "red-green"


@dataclass
class Row:
    """One verdict: what was tried, whether it came out as it must, and why."""
    case: str
    name: str
    right: bool
    proof: str
    why: str
    seconds: float


@dataclass
class Report:
    rows: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, row, verbose):
        with self.lock:
            self.rows.append(row)
            if verbose or not row.right:
                mark = "ok  " if row.right else "FAIL"
                print(f"{mark}  {row.case:34} {row.name:28} {row.proof:15} {row.seconds:6.1f}s  "
                      f"{row.why[:160]}", flush=True)

    def skip(self, case, why):
        with self.lock:
            self.skipped.append(case)
            print(f"SKIPPED {case}: {why}", flush=True)


class Git:
    def __init__(self, directory):
        self.directory = directory

    def run(self, *words, check=True):
        done = subprocess.run(["git", "--git-dir", self.directory, "-c", "core.quotePath=false",
                               "-c", "safe.directory=*", *words], capture_output=True, check=check)
        return done.stdout.decode("utf-8", "surrogateescape")

    def has(self, commit):
        return subprocess.run(["git", "--git-dir", self.directory, "-c", "safe.directory=*",
                               "cat-file", "-e", commit + "^{commit}"],
                              capture_output=True, check=False).returncode == 0

    def text(self, commit, path):
        """A file's text at a commit, or None where it is not there."""
        done = subprocess.run(["git", "--git-dir", self.directory, "-c", "safe.directory=*", "show",
                               f"{commit}:{path}"], capture_output=True, check=False)
        return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None

    def files(self, commit, paths):
        return {path: self.text(commit, path) for path in paths}


def find_repository(name):
    top = os.environ.get("TRIAGED_REPOS")
    if not top:
        return None
    flat = name.replace("/", "+")
    for place in (f"{flat}/repo", flat, name, name + ".git"):
        for inside in (".git", ""):
            path = Path(top) / place / inside
            if (path / "objects").is_dir():
                return str(path)
    return None


class Replay:
    def __init__(self, options, report):
        self.options, self.report = options, report
        self.model = ScriptedModel()
        self.scratch = tempfile.mkdtemp(prefix="triaged-replay-")
        self.config = os.path.join(self.scratch, "triaged.yaml")
        Path(self.config).write_text(f"sandbox: {{user: {options.user}}}\n", encoding="utf-8")

    def close(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def call(self, words, **environment):
        """(exit status, JSON or None, standard error)"""
        done = subprocess.run([self.options.triaged, *words], capture_output=True, check=False,
                              env={**os.environ, **environment})
        try:
            document = json.loads(done.stdout)
        except ValueError:
            document = None
        return done.returncode, document, done.stderr.decode("utf-8", "replace").strip()

    def verify(self, case, repository, code_patch, test_patch, runs):
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            for name, text in (("code.diff", code_patch), ("tests.diff", test_patch)):
                Path(folder, name).write_bytes(text.encode("utf-8", "surrogateescape"))
            words = ["verify", "--repo", repository, "--rev", case["base"],
                     "--patch", f"{folder}/code.diff", "--test", case["test"], "--json",
                     "--runs", str(runs), "--user", self.options.user]
            if test_patch:
                words += ["--test-patch", f"{folder}/tests.diff"]
            if case.get("build"):
                words += ["--build", case["build"]]
            return self.call(words)

    def judge_verify(self, case, repository, name, sets, before, must_prove, runs):
        started = time.monotonic()
        code, tests = sets
        status, found, error = self.verify(case, repository, patches.unified(before[0], code),
                                           patches.unified(before[1], tests), runs)
        proof = found["proof"] if found else "no verdict"
        why = found["why"] if found else error
        if must_prove:
            right = proof == case.get("proof", RED_GREEN) and status == 0
            if right and case["fails_with"] not in all_logs(found):
                right, why = False, f"the red log lacks \"{case['fails_with']}\": {found['red']}"
        else:
            right = found is not None and proof != RED_GREEN
        self.report.add(Row(case["name"], name, right, proof, why, time.monotonic() - started),
                        self.options.verbose)
        return right

    def judge_run(self, case, repository, name, answer, must_prove):
        """The whole way of a ticket, offline but for the scripted model."""
        started = time.monotonic()
        word = f"case-{abs(hash((case['name'], name))):x}"
        self.model.set(word, answer)
        ticket = os.path.join(self.scratch, word + ".txt")
        Path(ticket).write_text(f"{case['ticket'].strip()}\n\nOur reference: {word}\n",
                                encoding="utf-8")
        test = f"( {case['build']} ) && {case['test']}" if case.get("build") else case["test"]
        status, statement, error = self.call(
            ["run", "--repo", repository, "--rev", case["base"], "--ticket", ticket, "--model",
             "scripted", "--config", self.config, "--test", test, "--json"],
            OPENAI_BASE_URL=self.model.base_url, OPENAI_API_KEY="none")
        found = statement["predicate"] if statement else {}
        proof = found.get("tested", {}).get("proof", "no verdict")
        ending = found.get("ending", "no ending")
        proven = proof == RED_GREEN and ending == "draft-pull-request"
        right = statement is not None and status == 0 and self.model.times_asked(word) > 0
        if must_prove:
            right = right and proven
        else:
            right = right and proof != RED_GREEN and ending != "draft-pull-request"
        self.report.add(Row(case["name"], name, right, proof,
                            f"ending {ending}; model asked {self.model.times_asked(word)} times; "
                            f"{error[-200:]}", time.monotonic() - started), self.options.verbose)
        return right

    def sets_of(self, case, git):
        made = patches.Case(git.files(case["base"], case["code"]),
                            git.files(case["fix"], case["code"]),
                            git.files(case["base"], case["tests"]),
                            git.files(case["fix"], case["tests"]))
        return made, (made.code_base, made.tests_base), (made.code_fix, made.tests_fix)

    def replay(self, case, repository):
        made, before, fix = self.sets_of(case, Git(repository))
        self.judge_verify(case, repository, "real fix", fix, before, True, 3)
        if self.options.real or case.get("proof", RED_GREEN) != RED_GREEN:
            return
        harmless = case.get("harmless", [])
        attacks = {n: s for n, s in made.attacks().items() if n not in harmless}
        for name, sets in attacks.items():
            self.judge_verify(case, repository, name, sets, before, False, 1)
        # Without the ticket's own words nobody can tell that this red is not the reported one.
        if case.get("quotes_failure") and made.marker():
            attacks["marker"] = made.marker()
        base = {**before[0], **before[1]}

        def answered(sets, as_diff):
            after = {**sets[0], **sets[1]}
            return answer(case, patches.unified(base, after) if as_diff
                          else patches.search_replace(base, after), as_diff)

        if "no_run" in case:
            return
        as_diff = bool(case["number"] % 2)
        self.judge_run(case, repository, "run: real fix", answered(fix, as_diff), True)
        self.judge_run(case, repository, "run: no edits", answer(case, "", False), False)
        for name in ("assertion removed", "ends early", "marker", "turned around", "comment only"):
            if name in attacks and not (case.get("slow") and name in ("turned around", "comment only")):
                self.judge_run(case, repository, "run: " + name,
                               answered(attacks[name], as_diff), False)


def all_logs(found):
    """What the steps printed; a long log lost its middle, so the names of the fixed tests as well."""
    return "\n".join([step["log"] for step in found["steps"]] + found["tests"]["fixed"] + [found["why"]])


def answer(case, edits, as_diff):
    subject = case["ticket"].strip().splitlines()[0]
    fenced = f"```diff\n{edits}```\n" if edits and as_diff else edits
    return (f"## Headline\n{subject}\n\n## Cause\nThe code named below treats this case wrongly.\n\n"
            f"## Confidence\nmedium\n\n## Title\n{subject}\n\n## Change\nAs below, with a test.\n\n"
            f"## Edits\n{fenced or 'None.'}\n")


# ---- the project made in place -----------------------------------------------------------------

CONTROL_FILES = {
    "ledger/__init__.py": "",
    "ledger/split.py": '''"""Splits an amount of cents among people."""


def shares(cents, people):
    """Equal shares; what does not divide goes to the first ones."""
    if people == 0:
        raise ValueError("nobody to share with")
    each = cents // people
    return [each] * people


def total(parts):
    return sum(parts)
''',
    "tests/__init__.py": "",
    "tests/test_split.py": '''import unittest

from ledger.split import shares, total


class SplitTest(unittest.TestCase):
    def test_even(self):
        self.assertEqual(shares(900, 3), [300, 300, 300])

    def test_nobody(self):
        with self.assertRaises(ValueError):
            shares(100, 0)

    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
''',
}

CONTROL_FIX = {
    "ledger/split.py": ("    return [each] * people\n",
                        "    rest = cents % people\n"
                        "    return [each + 1 if i < rest else each for i in range(people)]\n"),
    "tests/test_split.py": ("    def test_nobody(self):\n",
                            "    def test_rest(self):\n"
                            "        self.assertEqual(shares(1000, 3), [334, 333, 333])\n\n"
                            "    def test_nobody(self):\n"),
}


def make_control(top):
    """A repository with a base commit and its fix, and the case for it."""
    folder = os.path.join(top, "control")
    os.mkdir(folder)
    identity = {"GIT_AUTHOR_NAME": "replay", "GIT_AUTHOR_EMAIL": "replay@example.com",
                "GIT_COMMITTER_NAME": "replay", "GIT_COMMITTER_EMAIL": "replay@example.com",
                "GIT_AUTHOR_DATE": "2026-11-02T10:00:00Z", "GIT_COMMITTER_DATE": "2026-11-02T10:00:00Z",
                "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*words):
        return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True,
                              env={**os.environ, **identity}).stdout.decode().strip()

    def write(path, text):
        place = Path(folder, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    git("init", "-q", "-b", "main")
    for path, text in CONTROL_FILES.items():
        write(path, text)
    git("add", "-A")
    git("commit", "-q", "-m", "ledger: split amounts")
    base = git("rev-parse", "HEAD")
    for path, (old, new) in CONTROL_FIX.items():
        assert CONTROL_FILES[path].count(old) == 1
        write(path, CONTROL_FILES[path].replace(old, new))
    git("commit", "-q", "-am", "ledger: share out the rest")
    return os.path.join(folder, ".git"), {
        "name": "control: made in place", "number": 0, "base": base, "fix": git("rev-parse", "HEAD"),
        "code": ["ledger/split.py"], "tests": ["tests/test_split.py"],
        "test": "python3 -m unittest -v", "fails_with": "[333, 333, 333] != [334, 333, 333]",
        "ticket": "A cent is lost when a bill is split\n\nWe split 10.00 among three people and the "
                  "shares add up to 9.99 in ledger/split.py shares.\n"}


def show_that_it_can_fail(replay, case, repository):
    """The judge, asked the wrong way round: it has to find fault with both, or it sees nothing."""
    quiet = Report()
    other = Replay.__new__(Replay)
    other.__dict__ = {**replay.__dict__, "report": quiet}
    _, before, fix = replay.sets_of(case, Git(repository))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        screen, sys.stdout = sys.stdout, nowhere
        try:
            slipped = other.judge_verify(case, repository, "", fix, before, False, 1)
            lacking = other.judge_verify(case, repository, "", (before[0], fix[1]), before, True, 1)
        finally:
            sys.stdout = screen
    for name, right in (("judge sees a slip", not slipped), ("judge sees a missing proof", not lacking)):
        replay.report.add(Row(case["name"], name, right, "-", "", 0), replay.options.verbose)


# ---- the list ------------------------------------------------------------------------------------

def load_cases(words):
    with open(HERE / "cases.toml", "rb") as source:
        cases = tomllib.load(source)["case"]
    for number, case in enumerate(cases):
        case["number"] = number
        case["name"] = f"{case['repository'].split('/')[1]}: {case['about']}"
    return [c for c in cases if not words or any(w in c["name"] for w in words)]


def reason_to_skip(case):
    missing = [p for p in case.get("needs", []) if not needed_is_there(p)]
    if missing:
        return f"{', '.join(missing)} is not installed"
    repository = find_repository(case["repository"])
    if repository is None:
        return f"no copy of {case['repository']} under $TRIAGED_REPOS"
    if not all(Git(repository).has(case[key]) for key in ("base", "fix")):
        return f"the copy of {case['repository']} lacks the commits"
    return None


def needed_is_there(need):
    """A program's name, or a file under /usr: what the sandbox shows."""
    if need.startswith("/"):
        return os.path.exists(need)
    return shutil.which(need, path="/usr/bin:/usr/local/bin:/usr/local/go/bin") is not None


def table(report):
    cases = list(dict.fromkeys(row.case for row in report.rows))
    print(f"\n{'case':44} {'real fix':11} {'run':20} {'false patches held':20} {'seconds':>7}")
    for case in cases:
        rows = [row for row in report.rows if row.case == case]

        def proof(name, rows=rows):
            return next((row.proof if row.right else "FAILED" for row in rows if row.name == name), "-")

        false = [r for r in rows if r.name not in ("real fix", "run: real fix")
                 and not r.name.startswith("judge")]
        held = sum(row.right for row in false)
        print(f"{case[:44]:44} {proof('real fix'):11} {proof('run: real fix'):20} "
              f"{f'{held} of {len(false)}':20} {sum(r.seconds for r in rows):7.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("words", nargs="*", help="only cases whose name contains one of these")
    parser.add_argument("--triaged", required=True, help="the program")
    parser.add_argument("--quick", action="store_true", help="only the project made in place")
    parser.add_argument("--real", action="store_true", help="only verify the real fixes")
    parser.add_argument("--user", default="nobody", help="account of the sandbox when run as root")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each verdict")
    options = parser.parse_args()
    report = Report()
    replay = Replay(options, report)
    try:
        repository, control = make_control(replay.scratch)
        status, _, error = replay.verify(control, repository, "", "", 1)
        if status == 3:
            print(f"SKIPPED everything: {error}")
            return 0
        show_that_it_can_fail(replay, control, repository)
        replay.replay(control, repository)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            waiting = []
            for case in [] if options.quick else load_cases(options.words):
                why = reason_to_skip(case)
                if why:
                    report.skip(case["name"], why)
                    continue
                waiting.append(pool.submit(replay.replay, case, find_repository(case["repository"])))
            for one in waiting:
                one.result()
        table(report)
    finally:
        replay.close()
    failed = sum(not row.right for row in report.rows)
    print(f"{len(report.rows) - failed} passed, {failed} failed"
          + (f"; {len(report.skipped)} cases skipped" if report.skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
