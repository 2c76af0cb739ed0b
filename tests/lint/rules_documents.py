# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""What the documents say: settings, metrics and options are in their manuals, what a document names
is there."""

import os
import re
import shutil
import subprocess

from tree import Skip, language, rule

METRICS_MANUAL = "man/icmpmon-metrics.7"


def manual(tree, path):
    """A manual's text as one reads it: without the escapes of roff."""
    if path not in tree.texts:
        tree.bad(path, 0, "is missing")
        return ""
    return tree.texts[path].replace("\\-", "-").replace("\\&", "").replace("\\_", "_")


def table_rows(tree, pattern, path):
    """(line, match) of every row of a table in a source file; a table that is gone is a finding."""
    rows = []
    if path in tree.texts:
        for found in re.finditer(pattern, tree.texts[path]):
            rows.append((tree.texts[path].count("\n", 0, found.start()) + 1, found))
    if not rows:
        tree.bad(path, 0, "has no table where tests/lint/rules_documents.py looks for one")
    return rows


@rule("metrics-documented", "every metric is in icmpmon-metrics(7), and no other")
def metrics_documented(tree):
    """Families from the table of render_metrics.c, by the names that 0.0.4 gives them."""
    path = "src/core/render_metrics.c"
    suffix = {"COUNTER": "_total", "INFO": "_info"}
    there = {}
    for line, row in table_rows(tree, r'\{"([a-z_]+)",\s*METRIC_(\w+),\s*METRIC_OF', path):
        there.setdefault(row.group(1) + suffix.get(row.group(2), ""), line)
    text = manual(tree, METRICS_MANUAL)
    told = set(re.findall(r"^\.It Ic (\w+)", text, re.MULTILINE))
    for name, line in there.items():
        if name not in told:
            tree.bad(path, line, f"{name} is not in {METRICS_MANUAL}")
    for name in told - there.keys():
        tree.bad(METRICS_MANUAL, 0, f"{name} is not exported by {path}")


@rule("settings-documented", "every setting is in icmpmond.conf(5) and in the sample")
def settings_documented(tree):
    """The table of the settings; in the sample a setting may stand in a comment."""
    path = "src/shell/config_table.c"
    told = set(re.findall(r"^\.It Ic (\w+)", manual(tree, "man/icmpmond.conf.5"), re.MULTILINE))
    shown = set(re.findall(r"(\w+)\s*=", tree.texts.get("etc/icmpmond.conf", "")))
    for line, row in table_rows(tree, r'\.section = CONFIG_\w+,\s*\.name = "(\w+)"', path):
        for names, where in ((told, "man/icmpmond.conf.5"), (shown, "etc/icmpmond.conf")):
            if row.group(1) not in names:
                tree.bad(path, line, f"{row.group(1)} is not in {where}")


@rule("options-documented", "every option of icmpmond is in its manual")
def options_documented(tree):
    """The table of long options; tests of the client compare its own with icmpctl(1)."""
    told = re.findall(r"(?<!\w)-([\w-]+)", "\n".join(
        re.findall(r"^\.It Fl.*", manual(tree, "man/icmpmond.8"), re.MULTILINE)))
    rows = table_rows(tree, r'\{"([a-z-]+)", (?:no|required|optional)_argument', "src/main.c")
    for line, row in rows:
        if row.group(1) not in told:
            tree.bad("src/main.c", line, f"--{row.group(1)} is not in man/icmpmond.8")


@rule("manuals", "mandoc finds nothing in a manual")
def manuals(tree):
    """Style remarks apart, and those on line breaks: texts of settings come from a table."""
    pages = tree.files("man/*.[1-9]")
    if shutil.which("mandoc") is None:
        raise Skip("mandoc is missing: apt-get install mandoc")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], cwd=tree.root,
                          capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        found = re.match(r"mandoc: (\S+?):(\d+):\d+: (.*)", line)
        if found and not re.search("referenced manual not found|new sentence, new line", line):
            tree.bad(found.group(1), found.group(2), found.group(3))


REFERENCE = re.compile(
    r"(?<![\w./$}<-])((?:src|tests|etc|man|systemd|\.ci)/[\w./-]*\w)(?::(\d+))?(?![\w*<{(])")


@rule("references", "a file or a line that a text names is there")
def references(tree):
    """Names with capitals (tests/unit/test_MODULE.c) and patterns stand for many."""
    for path in tree.texts:
        if path.startswith("tests/lint/"):
            continue
        for number, line in tree.lines(path):
            for found in REFERENCE.finditer(line):
                name, at = found.group(1), int(found.group(2) or 0)
                if re.search(r"[A-Z]{3}", name) and not name.endswith(".md"):
                    continue
                if name.startswith("systemd/s") and "." not in name:
                    continue  # a directory of systemd's own
                if not os.path.exists(os.path.join(tree.root, name)):
                    if not built(tree, name):
                        tree.bad(path, number, f"{name} does not exist")
                elif at and name in tree.texts and at > len(tree.texts[name].splitlines()):
                    tree.bad(path, number, f"{name} has no line {at}")


def built(tree, name):
    """Whether a name without an ending is a program that the makefile builds, or comes of a .in."""
    return f" {name}" in tree.texts.get("Makefile.am", "").replace("\t", " ") or \
        name + ".in" in tree.texts or name + ".c" in tree.texts


@rule("faults-shown", "the table of faults in tests/README.md names tests that are there")
def faults_shown(tree):
    """Words in code quotes with an underscore are functions without their test_."""
    path, tests = "tests/README.md", set()
    for text in (tree.texts[p] for p in tree.texts if p.startswith("tests/")):
        tests.update(re.findall(r"(?:TEST\(|def )test_(\w+)\(?", text))
    rows = [(n, line) for n, line in tree.lines(path) if re.match(r"\| (?:[A-Z]?\d)", line)]
    if not rows:
        tree.bad(path, 0, "has no table of faults where tests/lint/rules_documents.py looks")
    for number, line in rows:
        for name in re.findall(r"`(\w+_\w+)`", line):
            if name not in tests:
                tree.bad(path, number, f"there is no test_{name}")


NOT_DISTRIBUTED = ("Makefile.am", "configure.ac", ".gitignore")


@rule("distributed", "Makefile.am names every file, so that a tarball holds them all")
def distributed(tree):
    """By itself, or by a directory that EXTRA_DIST takes whole."""
    words = set(tree.texts["Makefile.am"].replace("\\\n", " ").split())
    for path in tree.texts:
        parents = [path]
        while "/" in parents[-1]:
            parents.append(parents[-1].rsplit("/", 1)[0])
        if path not in NOT_DISTRIBUTED and not words.intersection(parents):
            kind = language(path, tree.texts[path])
            tree.bad("Makefile.am", 0, f"does not name {path} ({kind}): sources or EXTRA_DIST")
