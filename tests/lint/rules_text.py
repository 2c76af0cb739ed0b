# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""How files look: heads, widths, sizes, formatting, marks, addresses, sleeps."""

import ast
import ipaddress
import os
import re
import shutil
import subprocess

from tree import Skip, language, rule

COLUMNS = 100
TAB = 8
FUNCTION_LINES = 70
FILE_LINES = 600
FILE_LINES_NOTED = 350
CLANG_FORMAT = 14  # other versions format otherwise

HEAD_C = """/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * """
HEAD_LINE = "SPDX-License-Identifier: ISC"
NO_HEAD = ("LICENSE", ".gitignore", "*.md", "*.json", "*.txt", "*.svg", "*.targets", "*.in.txt")


@rule("spdx", "every file begins with its licence; a C file says in a paragraph what it owns")
def spdx(tree):
    """A C file's paragraph follows the two lines."""
    for path in tree.texts:
        text = tree.texts[path]
        if path in tree.files(*NO_HEAD) or not text:
            continue
        if language(path, text) == "c":
            if not text.startswith(HEAD_C):
                tree.bad(path, 1, "must begin with the head of CONTRIBUTING.md: SPDX line, "
                         "copyright, an empty line, a paragraph")
        elif HEAD_LINE not in "\n".join(text.splitlines()[:3]):
            tree.bad(path, 1, f'"{HEAD_LINE}" must be in the first three lines')


@rule("columns", f"no line of a program is wider than {COLUMNS} columns, none ends in a blank")
def columns(tree):
    """Tabs count to the next multiple of 8."""
    for path in tree.code():
        for number, line in tree.lines(path):
            width = len(line.expandtabs(TAB))
            if width > COLUMNS:
                tree.bad(path, number, f"is {width} columns wide, {COLUMNS} are allowed")
            if line != line.rstrip():
                tree.bad(path, number, "ends in a blank")


@rule("clang-format", "C files are as clang-format writes them")
def clang_format(tree):
    """Needs the version that the tree was formatted with."""
    program = os.environ.get("CLANG_FORMAT", "clang-format")
    if shutil.which(program) is None:
        raise Skip(f"{program} is missing: apt-get install clang-format")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)", version.stdout)
    if found is None or int(found.group(1)) != CLANG_FORMAT:
        raise Skip(f"{version.stdout.strip()}: the tree is formatted by version {CLANG_FORMAT}")
    done = subprocess.run([program, "--dry-run", *tree.files("*.c", "*.h")], cwd=tree.root,
                          capture_output=True, text=True, check=False)
    seen = set()
    for line in done.stderr.splitlines():
        found = re.match(r"(\S+?):(\d+):\d+: (?:warning|error): (.*)", line)
        if found and found.group(1) not in seen:
            seen.add(found.group(1))
            tree.bad(found.group(1), found.group(2), "is not clang-format clean from here on")
    if done.returncode != 0:
        tree.bad(".clang-format", 1, done.stderr.strip())


def c_functions(text):
    """(line, name, length in lines) of the functions of a C file."""
    start, name = None, None
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"(?:TEST\()?(\w+)[(,)]", line)
        if found:
            start, name = number, found.group(1)
        elif line == "}" and start is not None:
            yield start, name, number - start + 1
            start = None


def functions(path, text):
    """The same for every language that we can read."""
    if language(path, text) == "c":
        yield from c_functions(text)
    if language(path, text) == "python":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                yield node.lineno, node.name, node.end_lineno - node.lineno + 1


@rule("sizes", f"functions have up to {FUNCTION_LINES} lines, files up to {FILE_LINES}")
def sizes(tree):
    """Files above FILE_LINES_NOTED are named in a note: time to split by topic."""
    long = []
    for path in tree.code():
        lines = len(tree.texts[path].splitlines())
        if lines > FILE_LINES:
            tree.bad(path, lines, f"has {lines} lines, {FILE_LINES} are allowed: split by topic")
        elif lines > FILE_LINES_NOTED:
            long.append(f"{path} ({lines})")
        for line, name, length in functions(path, tree.texts[path]):
            if length > FUNCTION_LINES:
                tree.bad(path, line, f"{name} has {length} lines, {FUNCTION_LINES} are allowed")
    if long:
        tree.note(f"files of over {FILE_LINES_NOTED} lines: " + ", ".join(long))


@rule("marks", "no mark of unfinished work")
def marks(tree):
    """What is not done is not in the tree."""
    words = "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"))
    for path in tree.texts:
        for number, line in tree.lines(path):
            found = re.search(rf"\b({words})\b", line)
            if found:
                tree.bad(path, number, f"mark of unfinished work: {found.group(1)}")


IPV4_ALLOWED = [ipaddress.ip_network(n) for n in (
    "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.2.0/24", "192.168.0.0/16",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")]
IPV4_ONLY_TESTS = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "192.168.0.0/16")]
IPV6_PUBLIC = ipaddress.ip_network((0x2000 << 112, 3))
IPV6_ALLOWED = [ipaddress.ip_network(n) for n in ("2001:db8::/32", "3fff::/20")]
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)")
SECTION = re.compile(r"(section|RFC \d+,?) +[\d.]+")  # of a document: no address
NO_PACKETS = ("tests/unit/test_addr.c",)  # the bounds of ranges, as text alone
IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")


def address_fault(word, path):
    """Why an address must not stand in that file, or None."""
    try:
        address = ipaddress.ip_address(word)
    except ValueError:
        return None
    if address.version == 4:
        if not any(address in n for n in IPV4_ALLOWED):
            return "is public"
        if any(address in n for n in IPV4_ONLY_TESTS) and not path.startswith("tests/"):
            return "belongs to somebody's network"
    elif address in IPV6_PUBLIC and not any(address in n for n in IPV6_ALLOWED):
        return "is public"
    return None


@rule("addresses", "no public address stands in the tree; private ones in tests alone")
def addresses(tree):
    """Loopback and the documentation ranges are for all."""
    for path in tree.texts.keys() - set(NO_PACKETS):
        for number, line in tree.lines(path):
            line = SECTION.sub("", line)
            for word in IPV4.findall(line) + IPV6.findall(line):
                fault = address_fault(word, path)
                if fault:
                    tree.bad(path, number, f"{word} {fault}: use 192.0.2.0/24 or 2001:db8::/32")


def python_sleeps(text):
    """Lines of sleeps that do not stand in a loop of a function called wait..."""
    def visit(node, waits, loop):
        if isinstance(node, ast.FunctionDef):
            waits, loop = node.name.startswith("wait"), False
        if isinstance(node, (ast.While, ast.For)):
            loop = True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else \
                getattr(node.func, "id", "")
            if name == "sleep" and not (waits and loop):
                yield node.lineno
        for child in ast.iter_child_nodes(node):
            yield from visit(child, waits, loop)
    yield from visit(ast.parse(text), False, False)


def plain_sleeps(text, pattern):
    """The same for C and shell, whose functions begin at a line's first column."""
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"(\w+)\s*\(", line)
        name = found.group(1) if found else name
        if re.search(pattern, line) and not name.startswith("wait"):
            yield number


@rule("fixed-sleeps", "a test waits for a condition with a limit, never for a time")
def fixed_sleeps(tree):
    """A pause between two looks is for a function whose name begins with wait."""
    patterns = {"c": r"(?<!\w)(u|nano|clock_nano)?sleep\s*\(", "shell": r"(^|[;&|]|\bdo)\s*sleep\s"}
    for path in tree.files("tests/*", "quickstart.sh"):
        text = tree.texts[path]
        kind = language(path, text)
        if kind == "python":
            found = python_sleeps(text)
        elif kind in patterns:
            found = plain_sleeps(text, patterns[kind])
        else:
            continue
        for number in found:
            tree.bad(path, number, "sleeps for a fixed time: wait for a condition, in a function "
                     "called wait_...")
