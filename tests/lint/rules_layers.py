# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Which room may know which: ARCHITECTURE.md's rules on includes and symbols."""

import os
import re
import shlex
import subprocess
import tempfile

from tree import Skip, includes, rule

C_STANDARD = {h + ".h" for h in """assert ctype errno float inttypes limits math stdalign stdarg
    stdbool stddef stdint stdio stdlib string""".split()}

# The shell's modules: what each may include beside core, log.h and its own headers.
# A file belongs to the module with the longest name that begins its own.
SHELL = {
    "capture": {"shell": ("clock",)},
    "clock": {},
    "config": {"third": ("libconfig.h",)},
    "daemon": {"shell": "all"},
    "helper": {"shell": ("clock", "config", "privilege")},
    "http": {"third": ("event2/event.h",)},
    "log": {"shell": ("clock",)},
    "loop": {"third": ("event2/event.h",), "shell": ("clock", "loop_defect")},
    "loop_defect": {"third": ("event2/dns.h", "event2/event.h", "event2/http.h")},
    "netif": {},
    "notify": {"third": ("systemd/sd-daemon.h",)},
    "privilege": {},
    "process": {},
    "resolve": {"third": ("event2/dns.h", "event2/event.h", "event2/util.h"),
                "shell": ("clock",)},
    "sock": {"shell": ("clock",)},
    "store": {"third": ("systemd/sd-daemon.h",)},
}
THIRD_PARTY = re.compile(r"(event2|systemd|curl)/|libconfig\.h$|jansson\.h$|cmocka\.h$|event\.h$")

CTL_THIRD = ("curl/curl.h", "jansson.h")
CTL_CORE = ("core/addr.h", "core/bytes.h", "core/condition.h", "core/duration.h",
            "core/histogram.h", "core/smoke.h", "core/text.h", "core/units.h")

# What the core may ask of the C library, and what compilers add on their own.
CORE_SYMBOLS = re.compile(r"""
    mem[a-z]+ | bcmp | str[a-z]+ | v?snprintf | qsort | bsearch
    | (ceil|exp|exp2|fabs|floor|fmax|fmin|fmod|frexp|isnan|ldexp|ll?rint|ll?round|log|log10|log1p
       |log2|nan|nearbyint|pow|rint|round|scalbn|sqrt|trunc)f?
    | __assert_fail | __stack_chk_fail | __errno_location
    | __(mem|str)[a-z]+_chk | __v?snprintf_chk | __isoc23_str[a-z]+
    | _GLOBAL_OFFSET_TABLE_ | __u?(div|mod|divmod|mul)[dt]i[34]
    | __(asan|ubsan|sanitizer|sanitizer_cov|lsan|gcov|llvm|tsan|msan)_.* | __start___sancov_.*
    | __stop___sancov_.* | __sancov_.*
""", re.VERBOSE)


@rule("core-includes", "core includes core headers and the C standard's, no other")
def core_includes(tree):
    """One finding an include that leads out of the core."""
    for path in tree.files("src/core/*"):
        for line, header, quoted in includes(tree.texts[path]):
            if quoted and not header.startswith("core/"):
                tree.bad(path, line, f'core must not include "{header}": only "core/..."')
            if not quoted and header not in C_STANDARD:
                tree.bad(path, line, f"core must not include <{header}>: no I/O, clock or system")


def nm(tree, archive, *options):
    """The lines of nm about an archive of the build."""
    path = os.path.join(tree.build, archive)
    if not os.path.exists(path):
        raise Skip(f"no {archive} in {tree.build}")
    command = shlex.split(os.environ.get("NM", "nm")) + [*options, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout.splitlines()


@rule("core-symbols", "libcore.a needs mem*, str*, snprintf and libm, no other")
def core_symbols(tree):
    """One finding a symbol and object."""
    lines = nm(tree, "libcore.a")
    defined = {f[2] for f in map(str.split, lines) if len(f) == 3 and f[1] not in "Uwv"}
    member = "libcore.a"
    for line in lines:
        fields = line.split()
        if line.endswith(":"):
            member = line[:-1]
        elif len(fields) == 2 and fields[0] in "Uwv" and fields[1] not in defined:
            if not CORE_SYMBOLS.fullmatch(fields[1]):
                tree.bad(f"libcore.a({member})", 0, f"core must not need {fields[1]}")


@rule("no-mutable-globals", "no variables outside of functions' frames, log.c excepted")
def no_mutable_globals(tree):
    """Writable sections of the archives; const tables that a loader fills in are no variables."""
    for archive in ("libcore.a", "libshell.a"):
        lines = nm(tree, archive, "--format=sysv")
        if any("asan" in line or "gcov" in line or "__ubsan" in line for line in lines):
            raise Skip("built with sanitizers or coverage, which add variables of their own")
        member = archive
        for line in lines:
            found = re.search(r"\[(\S+)\]:$", line)
            if found:
                member = found.group(1)
            fields = [f.strip() for f in line.split("|")]
            if len(fields) < 7 or member.split("-")[-1] == "log.o":
                continue
            if re.match(r"\.t?(data|bss)(?!\.rel\.ro)|\*COM\*", fields[6]):
                tree.bad(f"{archive}({member})", 0, f"variable {fields[0]} outlives its function")


def shell_module(path):
    """The row of the table that a file of the shell belongs to, or None."""
    name = os.path.splitext(os.path.basename(path))[0]
    fits = [m for m in SHELL if name == m or name.startswith(m + "_")]
    return max(fits, key=len, default=None)


@rule("shell-includes", "a shell file includes core, log.h, its own headers and those of its row")
def shell_includes(tree):
    """The table SHELL above."""
    for path in tree.files("src/shell/*.[ch]"):
        module = shell_module(path)
        if module is None:
            tree.bad(path, 1, "is in no row of the table SHELL in tests/lint/rules_layers.py")
            continue
        others = SHELL[module].get("shell", ())
        third = SHELL[module].get("third", ())
        for line, header, quoted in includes(tree.texts[path]):
            if quoted and header.startswith("shell/"):
                wanted = shell_module(header)
                if others != "all" and wanted not in (module, "log", *others):
                    tree.bad(path, line, f'{module} must not include "{header}"')
                if header.endswith("_internal.h") and wanted != module:
                    tree.bad(path, line, f'"{header}" is for the files of {wanted} alone')
            elif quoted and header != "config.h" and not header.startswith("core/"):
                tree.bad(path, line, f'{module} must not include "{header}"')
            elif not quoted and THIRD_PARTY.match(header) and header not in third:
                tree.bad(path, line, f"{module} must not include <{header}>")


@rule("third-party-headers", "no header of ours includes one of a library")
def third_party_headers(tree):
    """So that a library's types stay in the file that owns them."""
    for path in tree.files("src/*.h"):
        for line, header, quoted in includes(tree.texts[path]):
            if not quoted and THIRD_PARTY.match(header):
                tree.bad(path, line, f"a header must not include <{header}>")


@rule("ctl-includes", "the client includes its own headers, the core's pure helpers, curl, jansson")
def ctl_includes(tree):
    """The client knows the daemon by its socket alone."""
    for path in tree.files("src/ctl/*.[ch]"):
        for line, header, quoted in includes(tree.texts[path]):
            ours = header.startswith("ctl/") or header in CTL_CORE or header == "config.h"
            if quoted and not ours:
                tree.bad(path, line, f'the client must not include "{header}"')
            if not quoted and THIRD_PARTY.match(header) and header not in CTL_THIRD:
                tree.bad(path, line, f"the client must not include <{header}>")


@rule("main-includes", "main.c includes the daemon's header, and no library's")
def main_includes(tree):
    """main.c is argv and exit status."""
    for path in tree.files("src/main.c"):
        for line, header, quoted in includes(tree.texts[path]):
            if quoted and header not in ("config.h", "shell/daemon.h", "shell/log.h"):
                tree.bad(path, line, f'main.c must not include "{header}"')
            if not quoted and THIRD_PARTY.match(header):
                tree.bad(path, line, f"main.c must not include <{header}>")


@rule("headers-alone", "every header compiles alone and twice, and is guarded by its own name")
def headers_alone(tree):
    """One compiler for all, since starting it is what takes the time."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as directory:
        sources = {}
        for i, path in enumerate(tree.files("src/*.h", "tests/*.h")):
            name = re.sub(r"[/.]", "_", path.split("/", 1)[1]).upper()
            guard = re.search(r"#ifndef (\w+)\n#define \1\n", tree.texts[path])
            if guard is None or guard.group(1).removeprefix("ICMPMON_TESTS_") not in (
                    "ICMPMON_" + name, name, os.path.basename(path).upper().replace(".", "_")):
                tree.bad(path, 1, f"is not guarded by ICMPMON_{name}")
            source = os.path.join(directory, f"h{i}.c")
            with open(source, "w", encoding="utf-8") as file:
                header = os.path.join(tree.root, path)
                file.write(f'#include "{header}"\n#include "{header}"\n')
            sources[source] = path
        done = subprocess.run(
            compiler + ["-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra",
                        "-I" + os.path.join(tree.root, "src"), *sources],
            capture_output=True, text=True, check=False)
    for line in done.stderr.splitlines():
        found = re.match(r"(.*?):(\d+):(?:\d+:)? (?:fatal )?(?:error|warning): (.*)", line)
        if found:
            path = sources.get(found.group(1), os.path.relpath(found.group(1), tree.root))
            tree.bad(path, found.group(2), f"a header must compile alone: {found.group(3)}")
    if done.returncode != 0 and not tree.findings:
        tree.bad("src", 0, f"{compiler[0]}: {done.stderr.strip()}")


MAY_END = {"src/shell/loop.c": "on_library_fatal"}  # libevent must not go on after a fatal error


@rule("exit-in-main", "only a main function ends the process; a child uses _exit")
def exit_in_main(tree):
    """src/main.c and the client's main are where an exit status is decided."""
    for path in tree.files("src/core/*.c", "src/shell/*.c"):
        function = ""
        for number, line in tree.lines(path):
            found = re.match(r"(\w+)\(", line)
            function = found.group(1) if found else function
            if MAY_END.get(path) != function and \
                    re.search(r"(?<![\w.>])(exit|abort|quick_exit|errx?)\s*\(", line):
                tree.bad(path, number, "only main may end the process: return what went wrong")
