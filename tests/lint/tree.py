# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""The tree as the rules see it: its own text files, and what the rules have to say about them."""

import fnmatch
import os
import re

DIRECTORIES = ("src", "tests", "etc", "man", "systemd", ".ci")
TOP_FILES = ("Makefile.am", "configure.ac", "quickstart.sh", ".clang-format", ".clang-tidy",
             ".editorconfig", ".gitignore", "LICENSE")
NOT_OURS = ("corpus", "__pycache__", ".deps", ".pytest_cache")

RULES = {}  # name: (function, what it says in one sentence)


class Skip(Exception):
    """A rule that cannot be judged here; the text says why."""


def rule(name, says):
    """Decorator: makes a function of the tree a rule."""
    def keep(function):
        RULES[name] = (function, says)
        return function
    return keep


class Tree:
    """Files by their path from the root; findings are collected by bad() and note()."""

    def __init__(self, root, build):
        self.root, self.build = root, build
        self.findings, self.notes = [], []
        self.texts = {}
        for top in sorted(os.listdir(root)):
            if top in TOP_FILES or top.endswith(".md"):
                self.take(top)
        for directory in DIRECTORIES:
            for path, below, names in os.walk(os.path.join(root, directory)):
                below[:] = sorted(d for d in below if d not in NOT_OURS)
                for name in sorted(names):
                    self.take(os.path.relpath(os.path.join(path, name), root))

    def take(self, path):
        """Keeps a file's text; what a build left in the tree (binaries, logs) is not ours."""
        if path.endswith((".o", ".a", ".log", ".trs", ".gcno", ".gcda", ".pyc", "~")):
            return
        with open(os.path.join(self.root, path), "rb") as file:
            content = file.read()
        if b"\0" in content:
            return
        try:
            self.texts[path] = content.decode("utf-8")
        except UnicodeDecodeError:
            self.bad(path, 1, "is not UTF-8")

    def files(self, *patterns):
        """Paths that match one of the patterns; * also crosses slashes."""
        return [p for p in self.texts if any(fnmatch.fnmatch(p, q) for q in patterns)]

    def code(self):
        """Programs of whatever language."""
        return [p for p in self.texts if language(p, self.texts[p]) in ("c", "python", "shell")]

    def lines(self, path):
        """(number from 1, line) of a file."""
        return enumerate(self.texts[path].splitlines(), 1)

    def bad(self, path, line, message):
        """A finding."""
        self.findings.append(f"{path}:{line}: {message}")

    def note(self, message):
        """Worth knowing, no fault."""
        self.notes.append(message)


def language(path, text):
    """c, python, shell, roff, markdown, or other."""
    by_end = {".c": "c", ".h": "c", ".py": "python", ".sh": "shell", ".md": "markdown"}
    end = os.path.splitext(path)[1]
    if end in by_end:
        return by_end[end]
    if re.fullmatch(r"\.[1-9]", end):
        return "roff"
    first = text.split("\n", 1)[0]
    if first.startswith("#!"):
        return "python" if "python" in first else "shell"
    return "other"


def includes(text):
    """(line, header, whether in quotes) of a C file."""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', line)
        if found:
            yield number, found.group(1) or found.group(2), found.group(1) is not None
