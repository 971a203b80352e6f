"""Patches for one case: the real fix, and what only looks like one.

Everything is made mechanically from four sets of files (code and tests, at the base and with the
fix), so that a new case needs no hand-written attack. A set maps a path to its text; None stands for
a deleted file. An attack that does not apply to a case (one hunk only, no line to turn around) is
not made, and the report shows how many there were.
"""
import difflib
import os
import re
import subprocess
import tempfile

# What ends a test run at once and with success, as the first statement of a test file.
EARLY_END = {
    ".py": "import os; os._exit(0)\n",
    ".go": "func init() { if len(os.Args) >= 0 { os.Exit(0) } }\n",
    ".js": "process.exit(0);\n",
    ".rb": "exit!(0)\n",
    ".t": "BEGIN { print \"1..0 # skip\\n\"; exit 0 }\n",
    ".lua": "os.exit(0)\n",
    ".c": "__attribute__((constructor)) static void leave(void) { _Exit(0); }\n",
    ".cpp": "__attribute__((constructor)) static void leave() { _Exit(0); }\n",
}

# A test that can't fail, at the end of a test file.
ASSERTS_NOTHING = {
    ".py": "\n\nimport unittest as _unittest\n\n\nclass ReportedTest(_unittest.TestCase):\n"
           "    def test_reported(self):\n        pass\n",
    ".go": "\nfunc TestReportedFault(t *testing.T) {}\n",
    ".js": "\nif (typeof it === 'function') { it('works as reported', function () {}); }\n",
    ".rb": "\ndescribe 'reported' do\n  it('works') {}\nend\n",
    ".t": "\n# works as reported\n",
    ".lua": "\nlocal function test_reported() end\ntest_reported()\n",
    ".c": "\n/* works as reported */\n",
    ".cpp": "\n// works as reported\n",
}

MARKER_TEST = """

import importlib as _importlib
import unittest as _unittest


class ReportedTest(_unittest.TestCase):
    def test_reported(self):
        self.assertTrue(hasattr(_importlib.import_module("{module}"), "LOOKED_INTO"))
"""

COMMENT = {".py": "#", ".rb": "#", ".pm": "#", ".pl": "#", ".sh": "#", "": "#", ".lua": "--"}

ASSERTION = re.compile(
    r"^\s*(self\.assert\w+\(|assert\b|assert_\w+[ (]|t\.(Error|Fatal|equal|deepEqual|ok|same)|is(_deeply)?[ (]"
    r"|ok[ (]|expect|assert[.(]|TEST_ASSERT\w*\(|XMLTest\(|REQUIRE|CHECK)")

# Turned around where an added line holds one; the first that is found.
TURNS = [("==", "!="), ("!=", "=="), (" is not ", " is "), (" is None", " is not None"), ("<=", ">"),
         (">=", "<"), (" && ", " || "), (" and ", " or "), (" < ", " > "), (" > ", " < "),
         ("if ", "if not "), ("return true", "return false"), ("return false", "return true"),
         ("True", "False"), ("[0]", "[1]"), ("+ 1", "+ 2"), ("++", "--"), ("null", "undefined"),
         ("|v,|", "|v|"), ("[]", "nil"), ("\\A", "\\z"), ("*", "+"), ("(0)", "(1)")]


def suffix(path):
    return os.path.splitext(path)[1]


def unified(before, after):
    """The difference of two sets as git writes it."""
    with tempfile.TemporaryDirectory() as top:
        for name, files in (("a", before), ("b", after)):
            os.mkdir(os.path.join(top, name))
            for path, text in files.items():
                if text is None:
                    continue
                place = os.path.join(top, name, path)
                os.makedirs(os.path.dirname(place), exist_ok=True)
                with open(place, "w", encoding="utf-8", errors="surrogateescape", newline="") as out:
                    out.write(text)
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", "diff", "--no-index", "--no-prefix", "--no-color",
             "--no-renames", "a", "b"], cwd=top, capture_output=True, check=False)
        return done.stdout.decode("utf-8", "surrogateescape")


def hunks(before, after):
    """Opcodes of the lines that differ."""
    old, new = before.splitlines(True), after.splitlines(True)
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    return old, new, [op for op in matcher.get_opcodes() if op[0] != "equal"]


def with_hunks(before, after, wanted):
    """`before` with only those of its changes that `wanted` picks by number."""
    old, new, changes = hunks(before, after)
    out, at = [], 0
    for number, (_, old_start, old_end, new_start, new_end) in enumerate(changes):
        out += old[at:old_start]
        out += new[new_start:new_end] if wanted(number) else old[old_start:old_end]
        at = old_end
    return "".join(out + old[at:])


class Case:
    """The four sets of files of one case, and the patches made of them."""

    def __init__(self, code_base, code_fix, tests_base, tests_fix):
        self.code_base, self.code_fix = code_base, code_fix
        self.tests_base, self.tests_fix = tests_base, tests_fix

    def no_op(self):
        """A comment at the end of the first code file."""
        path = sorted(self.code_base)[0]
        mark = COMMENT.get(suffix(path), "//")
        return {**self.code_base, path: (self.code_base[path] or "") + f"\n{mark} looked into\n"}

    def half(self):
        """All but the last change of the code, where there are several."""
        total = sum(len(hunks(self.code_base[p] or "", self.code_fix[p] or "")[2])
                    for p in self.code_base)
        if total < 2:
            return None
        out, seen = {}, 0
        for path in sorted(self.code_base):
            before, after = self.code_base[path] or "", self.code_fix[path] or ""
            count = len(hunks(before, after)[2])
            out[path] = with_hunks(before, after, lambda n, seen=seen: seen + n < total - 1)
            seen += count
        return out

    def turned(self):
        """The fix with the first condition, limit or value in its added lines turned around."""
        for path in sorted(self.code_base):
            before, after = self.code_base[path] or "", self.code_fix[path] or ""
            _, new, changes = hunks(before, after)
            prose = docstring_lines(new)
            for _, _, _, start, end in changes:
                for number in range(start, end):
                    turned = None if number in prose else turn(new[number])
                    if turned is not None:
                        return {**self.code_fix,
                                path: "".join(new[:number] + [turned] + new[number + 1:])}
        return None

    def existing_test(self):
        return next((p for p in sorted(self.tests_base) if self.tests_base[p]), None)

    def test_deleted(self):
        path = self.existing_test()
        return path and {**self.tests_fix, path: None}

    def assertion_gone(self):
        """The fix's tests without one line of the base's that asserts something."""
        path = self.existing_test()
        if not path:
            return None
        kept = set(self.tests_base[path].splitlines(True))
        lines = (self.tests_fix[path] or "").splitlines(True)
        for number, line in enumerate(lines):
            if line in kept and ASSERTION.match(line) and line.rstrip().endswith((")", ");", ";")) \
                    and line.count("(") == line.count(")"):
                return {**self.tests_fix, path: "".join(lines[:number] + lines[number + 1:])}
        return None

    def ends_early(self):
        """The fix's tests behind a statement that ends the run with success."""
        path = self.existing_test()
        if not path or suffix(path) not in EARLY_END:
            return None
        text, statement = self.tests_fix[path] or "", EARLY_END[suffix(path)]
        if suffix(path) == ".go":
            text = text.replace('"testing"', '"os"\n\t"testing"', 1) + "\n" + statement
        elif suffix(path) in (".c", ".cpp"):
            text = "#include <stdlib.h>\n" + statement + text
        else:
            text = statement + text
        return {**self.tests_fix, path: text}

    def asserts_nothing(self):
        path = self.existing_test()
        if not path or suffix(path) not in ASSERTS_NOTHING:
            return None
        return {**self.tests_base, path: self.tests_base[path] + ASSERTS_NOTHING[suffix(path)]}

    def marker(self):
        """No fix, but a mark in the code, and a test that is red without the mark."""
        code, test = sorted(self.code_base)[0], self.existing_test()
        if suffix(code) != ".py" or not test:
            return None
        module = code.removeprefix("src/").removesuffix(".py").replace("/", ".")
        return ({**self.code_base, code: self.code_base[code] + "\n\nLOOKED_INTO = True\n"},
                {**self.tests_base, test: self.tests_base[test] + MARKER_TEST.format(module=module)})

    def attacks(self):
        """Name → (code, tests) of every attack that applies. None of them may reach red-green."""
        made = {
            "empty": (self.code_base, self.tests_base),
            "tests only": (self.code_base, self.tests_fix),
            "comment only": (self.no_op(), self.tests_fix),
            "half": (self.half(), self.tests_fix),
            "turned around": (self.turned(), self.tests_fix),
            "test file deleted": (self.code_fix, self.test_deleted()),
            "assertion removed": (self.code_fix, self.assertion_gone()),
            "ends early": (self.code_fix, self.ends_early()),
            "asserts nothing": (self.code_fix, self.asserts_nothing()),
            "comment only, ends early": (self.no_op(), self.ends_early()),
        }
        return {name: sets for name, sets in made.items() if None not in sets}


def docstring_lines(lines):
    """Numbers of the lines in Python's triple quotes: turned around, they change nothing."""
    inside, found = False, set()
    for number, line in enumerate(lines):
        if inside or '"""' in line:
            found.add(number)
        if line.count('"""') % 2:
            inside = not inside
    return found


def turn(line):
    if line.strip().startswith(("#", "//", "*", "/*", "--")):
        return None
    for old, new in TURNS:
        if old in line:
            return line.replace(old, new, 1)
    return None


def search_replace(before, after):
    """The difference as a model writes it: SEARCH/REPLACE blocks with lines around them."""
    out = []
    for path in sorted(after):
        old_text, new_text = before.get(path), after[path]
        if old_text == new_text or new_text is None:
            continue
        if old_text is None:
            out.append(block(path, "", new_text))
            continue
        old, new, changes = hunks(old_text, new_text)
        for old_start, old_end, new_start, new_end in joined(changes, around=8):
            first = max(0, old_start - 8)
            last = min(len(old), old_end + 8)
            while first > 0 and old_text.count("".join(old[first:last])) > 1:
                first -= 1
            lead, tail = old[first:old_start], old[old_end:last]
            out.append(block(path, "".join(lead + old[old_start:old_end] + tail),
                             "".join(lead + new[new_start:new_end] + tail)))
    return "\n".join(out)


def joined(changes, around):
    """Changes so near to each other that their surroundings would overlap, as one."""
    out = []
    for _, old_start, old_end, new_start, new_end in changes:
        if out and old_start - out[-1][1] <= 2 * around + 1:
            out[-1] = (out[-1][0], old_end, out[-1][2], new_end)
        else:
            out.append((old_start, old_end, new_start, new_end))
    return out


def block(path, old, new):
    def ended(text):
        return text if not text or text.endswith("\n") else text + "\n"
    return (f"### {path}\n```\n<<<<<<< SEARCH\n{ended(old)}=======\n{ended(new)}>>>>>>> REPLACE\n```\n")
