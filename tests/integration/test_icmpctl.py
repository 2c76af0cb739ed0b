# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""What icmpctl prints, once, of what a daemon made of canned answers says."""
import json
import os
import pathlib
import re
import socket
import subprocess

import pytest
from conftest import LIMIT_S
from fake_answers import event, probe, target, window
from fake_daemon import FakeDaemon, answer, as_json, problem
from icmpctl_runner import ENVIRONMENT, ICMPCTL, ctl, good, without_ages

MANUAL = (pathlib.Path(__file__).parents[2] / "man/icmpctl.1").read_text(encoding="ascii")
COMMANDS = "status list show watch probes events doctor reload pause resume help".split()
ISP_ROW = "isp-gw 192.0.2.1 DEGRADED AGE 12.5 % 11.8 ms 48.2 ms 310 ms ▁▁▂▁▁▇█▇▂×▂"
NAS_ROW = "nas 192.0.2.40 up AGE 0.0 % 0.21 ms 0.35 ms 2.1 ms ▁▁▁▂▁▁▁▁▁▁▁"
ISP_REASON = (r"isp-gw: loss 12\.5% > 5% over AGE \(since \d\d:\d\d:\d\d\)\. "
              r"Try: icmpctl show isp-gw")


@pytest.fixture
def fake(tmp_path):
    with FakeDaemon(tmp_path / "s.sock") as daemon:
        yield daemon


# What is printed.


def test_icmpctl_status_is_the_default_and_tells_worst_first(fake):
    out = good(fake)
    assert without_ages(out) == without_ages(good(fake, "status"))
    lines = without_ages(out).splitlines()
    assert lines[0] == ("icmpmond 0.1.0 up AGE 2 targets: 1 up, 1 degraded 5 probes/s "
                        "send lag p99 0.20 ms rx drops 0")
    assert lines[1] == "TARGET ADDRESS STATE FOR LOSS AGE P50 P95 MAX LAST 10 MIN"
    assert lines[2:4] == [ISP_ROW, NAS_ROW]
    assert re.fullmatch(ISP_REASON, lines[4]), lines[4]
    assert len(lines) == 5
    assert "\033" not in out


def test_icmpctl_without_utf8_is_ascii(fake):
    out = good(fake, env={"LC_ALL": "C"})
    assert out.isascii()
    assert "__,__*#*,x," in out


def test_icmpctl_list_passes_filters_to_the_daemon(fake):
    good(fake, "list", "is*", "--group", "wan", "--state", "down,degraded", "--window", "1h")
    query = {"window": "1h", "name": "is*", "group": "wan", "state": "down,degraded"}
    assert fake.requests[-1][:3] == ("GET", "/v1/targets", query)
    assert "LOSS 1h" in good(fake, "list", "--window", "1h")


def test_icmpctl_plain_is_a_table_for_scripts(fake):
    fake.targets.append(target("odd", None, "unknown", reason="tab\there", windows=[]))
    for words in (["list"], ["status"]):
        lines = good(fake, *words, "--plain").splitlines()
        names = lines[0].split("\t")
        rows = [dict(zip(names, line.split("\t"))) for line in lines[1:]]
        assert [len(line.split("\t")) for line in lines] == [len(names)] * 4
        assert [r["name"] for r in rows] == ["isp-gw", "odd", "nas"]
        figures = [rows[0][name] for name in ("loss_ratio", "p95_ms", "window_s")]
        assert figures == ["0.125", "48.2", "300"]
        odd = [rows[1][name] for name in ("address", "loss_ratio", "reason")]
        assert odd == ["-", "-", "tab\\x09here"]
    shown = good(fake, "show", "isp-gw", "--plain").splitlines()
    assert shown[0].split("\t") == names
    assert len(shown) == 2


def test_icmpctl_json_is_the_daemons_bytes(fake):
    fake.targets[0]["labels"] = {"city": "München"}
    fake.chunk = 7  # pieces that cut everything
    targets = '{"schema":1,"targets":[\n' + ",\n".join(map(as_json, fake.targets)) + "]}\n"
    assert good(fake, "list", "--json") == targets
    assert good(fake, "show", "nas", "--json") == as_json(fake.targets[0]) + "\n"
    assert json.loads(good(fake, "--json"))["targets"]["total"] == 2
    fake.replace["/v1/status"] = lambda conn, request: answer(conn, 200, '{"a":1.50}')
    assert good(fake, "status", "--json") == '{"a":1.50}\n'


def test_icmpctl_answers_in_small_pieces_are_the_same(fake):
    whole = good(fake, "list", "--plain")
    for fake.chunk in (1, 2, 3, 1000):
        assert good(fake, "list", "--plain") == whole


def test_icmpctl_exit_code_tells_the_worst_state(fake):
    for line in ("status", "list", "status --json", "list --json", "list --plain"):
        words = line.split()
        for state, code in (("up", 0), ("paused", 0), ("degraded", 1), ("unknown", 1), ("down", 2)):
            fake.targets[1]["state"] = state
            assert ctl(fake, *words, "--exit-code").returncode == code, (words, state)
            assert ctl(fake, *words).returncode == 0


def test_icmpctl_show_tells_why(fake):
    out = good(fake, "show", "isp-gw", "--window", "15m")
    assert fake.requests[-1][2] == {"window": "15m"}
    for words in ("DEGRADED for ", "loss 12.5% > 5% over 1m", "site=fra1", "every 500ms",
                  "answered in 11.8 ms", "RTT p99             120 ms", "jitter (IPDV)       3.1 ms",
                  "host unreachable (ICMP type 3 code 1) from 198.51.100.9", "172,600 sent",
                  "RAISED"):
        assert words in out, out


def test_icmpctl_show_puts_windows_side_by_side(fake):
    fake.targets[0]["windows"] = [
        window(60, 120), window(300, 600, lost=3), window(3600, 7200, lost=3)]
    rows = [line.split() for line in good(fake, "show", "nas").splitlines()]
    assert "over the last 1m 5m 1h".split() in rows
    assert "loss 0.0 % 0.5 % <0.1 %".split() in rows


def test_icmpctl_names_from_outside_cannot_reach_the_terminal(fake):
    fake.targets[0].update(name="x\033[2J", reason="\033]0;owned\a\n\u202egnp", state="down")
    fake.events = [event(1, "\033[31mred", target="\u009bm")]
    cause = {"kind": "icmp", "text": "\033[1m", "from": "\rx", "type": 3, "code": 1,
             "errno": None}
    fake.probes = [probe(1, outcome="lost", kind="\033[2J", cause=cause)]
    for line in ("status", "list --plain", "show x\033[2J", "events", "events --plain",
                 "probes isp-gw", "probes isp-gw --plain"):
        words = line.split()
        out = good(fake, *words)
        assert not re.search("[\0-\010\013-\037\177\u0080-\u009f]", out), (words, out)
        assert "--plain" in words or "\u202e" not in out


def test_icmpctl_many_targets_show_the_worst_and_ask_for_no_more(fake):
    fake.targets += [target(f"h{i}", "203.0.113.9", "down" if i < 60 else "up")
                     for i in range(2000)]
    lines = good(fake).splitlines()
    assert [r[2].get("state") for r in fake.requests if r[1] == "/v1/targets"] == ["down"]
    assert lines[2].startswith("h0 ") and lines[51].startswith("h49 ")
    assert lines[52] == "and 1,952 more: 10 down, 1 degraded, 1,941 up. All: icmpctl list"
    assert lines[53].startswith("h0: ") and lines[-1] == "and 41 more in the table that are not up"
    assert len(good(fake, "list").splitlines()) == 1 + 2002


def test_icmpctl_no_targets_say_what_to_do(fake):
    fake.targets = []
    assert "no targets are configured: man 5 icmpmond.conf" in good(fake)


# What is wrong.


@pytest.mark.parametrize("words, sentence", [
    (["shwo"], 'unknown command "shwo": did you mean show?'),
    (["--jsno"], "unknown option --jsno: did you mean --json?"),
    (["show"], "which target? usage: icmpctl show TARGET"),
    (["pause", "nas", "--for", "2"], '--for takes a duration such as 90s, 5m or 2h, not "2"'),
    (["watch", "nas", "-g", "g"], "watch takes a target, or --group and --state, not both"),
    (["watch", "--json"], "watch is for people: scripts use icmpctl list --json or --plain"),
    (["help", "evnets"], 'unknown command "evnets": did you mean events?'),
])
def test_icmpctl_usage_errors_are_one_line(fake, words, sentence):
    done = ctl(fake, *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"icmpctl: {sentence}\n")


@pytest.mark.parametrize("line", [
    "show isp", "probes ips-gw", "list isp-gv", "watch isp", "pause isp", "resume isp-g",
    "probes isp -f"])
def test_icmpctl_unknown_targets_get_the_nearest_name(fake, line):
    words = line.split()
    done = ctl(fake, *words)
    sentence = f'icmpctl: no target "{words[1]}": did you mean isp-gw?\n'
    assert (done.returncode, done.stderr) == (1, sentence)


def test_icmpctl_no_daemon_is_3_and_says_what_to_try(tmp_path):
    done = ctl(tmp_path / "none.sock", "list")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (f"icmpctl: there is no socket {tmp_path}/none.sock: is icmpmond "
                           "running? Try: systemctl status icmpmond\n")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left.sock"))  # it stays, and nobody listens
    done = ctl(tmp_path / "left.sock", "events", "-f")
    assert done.returncode == 3 and "nobody listens on" in done.stderr


def test_icmpctl_without_permission_names_the_group(fake):
    os.chmod(fake.path, 0)
    command = [ICMPCTL, "--socket", fake.path]
    if os.geteuid() == 0:
        capabilities = "-dac_override,-dac_read_search"
        command = ["setpriv", "--bounding-set", capabilities, *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S,
                          env=ENVIRONMENT)
    assert done.returncode == 3
    assert "members of group icmpmon" in done.stderr and "usermod -aG icmpmon" in done.stderr


def test_icmpctl_instance_has_its_own_directory():
    done = subprocess.run([ICMPCTL, "--instance", "no-such", "list"], capture_output=True,
                          text=True, env=ENVIRONMENT)
    assert done.returncode == 3
    assert "icmpmon-no-such/stats.sock" in done.stderr
    assert "systemctl status icmpmond@no-such" in done.stderr


def test_icmpctl_a_daemon_that_sleeps_does_not_make_it_hang(fake):
    fake.replace["*"] = fake.silence
    done = ctl(fake, "list")
    assert done.returncode == 3
    assert "does not answer: it is stopped or overloaded. Try: systemctl status" in done.stderr


def refuse_to_answer(conn, request):
    raise OSError


def half_an_answer(conn, request):
    conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 b"40\r\n{\"schema\":1,\"targets\":[{\"name\":")
    raise OSError


def answer_with(code, body):
    return lambda conn, request: answer(conn, code, body)


OTHER_VERSION = "is icmpmond of another version?"


@pytest.mark.parametrize("handler, status, sentence", [
    (refuse_to_answer, 3, "closed the connection on"),
    (half_an_answer, 1, "went away in the middle of its answer"),
    (lambda conn, request: conn.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n"), 3, "is not icmpmond"),
    (answer_with(200, "<html>"), 1, OTHER_VERSION),
    (answer_with(200, '{"targets":[{"name":'), 1, OTHER_VERSION),
    (answer_with(200, '{"targets":[{"name":x}]}'), 1, OTHER_VERSION),
    (answer_with(503, '{"detail":"There is no engine yet."}'), 1, "There is no engine yet."),
    (answer_with(500, "oh"), 1, "icmpmond answered with HTTP status 500"),
])
def test_icmpctl_bad_answers_are_one_sentence(fake, handler, status, sentence):
    fake.replace["*"] = handler
    done = ctl(fake, "list")
    assert done.returncode == status, done
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_icmpctl_ignores_proxies(fake):
    names = ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy")
    proxy = {name: "http://127.0.0.1:9" for name in names}
    assert "isp-gw" in good(fake, "list", env=proxy)


def test_icmpctl_a_full_disk_is_told(fake):
    fake.events = [event(1, "x")]
    with open("/dev/full", "w", encoding="ascii") as full:
        for words in (["list"], ["list", "--json"], ["events"], ["--help"]):
            done = subprocess.run([ICMPCTL, "--socket", fake.path, *words], stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
                                  timeout=LIMIT_S)
            assert done.returncode == 1, (words, done)
            assert "cannot write: No space left on device" in done.stderr, (words, done)


def test_icmpctl_help_knows_all_commands_and_no_others(fake):
    out = good(fake, "--help")
    listed = re.findall(r"^  (\w+)", out.split("Commands:\n")[1].split("\n\n")[0], re.M)
    assert listed == COMMANDS
    for command in COMMANDS:
        of_command = good(fake, command, "--help")
        assert of_command == good(fake, "help", command)
        assert of_command.startswith(f"usage: icmpctl {command}")
        assert max(map(len, of_command.splitlines())) <= 90
        for option in re.findall(r"--[a-z-]+", of_command.split("\nOptions")[-1]):
            assert f"Fl -{option[2:]}" in MANUAL or f", {option[1:]}" in MANUAL, option
        assert f"\n.It Cm {command}" in MANUAL
    assert fake.requests == []
    assert good(fake, "--version").startswith("icmpctl ")


# Commands to the daemon.


def test_icmpctl_pause_and_resume_send_form_fields(fake):
    why = "a&b=c | ü+ %41"
    assert good(fake, "pause", "nas", "--for", "2h", "-m", why) == "nas paused\n"
    form = {"target": "nas", "for": "2h", "why": why}
    assert fake.requests[-1] == ("POST", "/v1/pause", {}, form)
    assert good(fake, "resume", "nas", "--json") == '{"schema":1,"message":"nas resumed"}\n'
    assert fake.requests[-1] == ("POST", "/v1/resume", {}, {"target": "nas"})


def test_icmpctl_reload_prints_every_error(fake):
    assert good(fake, "reload") == "The new configuration is in force.\n"
    errors = ["/etc/icmpmon/icmpmond.conf:3: interval: write a unit", "icmpmond.conf:9: x"]
    fake.replace["/v1/reload"] = (
        lambda conn, request: problem(conn, 422, "Refused.", errors=errors))
    done = ctl(fake, "reload")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == ["icmpctl: Refused."] + errors


def test_icmpctl_a_forbidden_command_is_told(fake):
    fake.replace["/v1/pause"] = answer_with(403, '{"detail":"Only root may do this."}')
    done = ctl(fake, "pause", "nas")
    assert (done.returncode, done.stderr) == (1, "icmpctl: Only root may do this.\n")


def test_icmpctl_odd_names_arrive_as_they_are(fake):
    fake.targets[0]["name"] = "far:fe80::1%eth0"
    assert "far:fe80::1%eth0" in good(fake, "show", "far:fe80::1%eth0")
    fake.targets[0]["name"] = ".."
    assert fake.requests[-1][1] == "/v1/targets/far:fe80::1%eth0"
    assert ".." in good(fake, "show", "..")


# Lines.


def test_icmpctl_probes_are_one_a_line(fake):
    fake.probes = [probe(i, 60 - i) for i in range(30)]
    fake.probes[28] = {**probe(28, 3, "lost", late=True), "rtt_ms": 2134.0}
    fake.probes[29] = probe(29, 1, "in_flight")
    lines = good(fake, "probes", "isp-gw").splitlines()
    assert fake.requests[-1][2] == {"last": "20"}
    assert lines[0].split() == "SENT SEQ FLOW KIND OUTCOME RTT TTL CAUSE".split()
    assert len([line for line in lines if "regular" in line]) == 20
    late = r" 28     0  regular   lost             2\.1 s    -  timeout, a late reply$"
    assert re.search(late, lines[-2])
    assert "in flight" in lines[-1]
    plain = good(fake, "probes", "isp-gw", "-n", "2", "--plain").splitlines()
    assert [len(line.split("\t")) for line in plain] == [14] * 3
    assert plain[2].split("\t")[1:5] == ["29", "0", "regular", "in_flight"]
    assert json.loads(good(fake, "probes", "isp-gw", "--json"))["name"] == "isp-gw"


def test_icmpctl_events_tells_all_or_the_last(fake):
    fake.events = [event(i, f"message {i}", 100 - i, target="nas" if i % 2 else "isp-gw")
                   for i in range(1, 31)]
    lines = good(fake, "events").splitlines()
    assert len(lines) == 30
    assert re.fullmatch(r"     1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  message 1", lines[0])
    last = [line.split()[-1] for line in good(fake, "events", "--last", "3").splitlines()]
    assert last == ["28", "29", "30"]
    last = [line.split()[-1] for line in good(fake, "events", "nas", "-n", "2").splitlines()]
    assert last == ["27", "29"]
    assert len(good(fake, "events", "--since", "28").splitlines()) == 2
    plain = good(fake, "events", "--plain").splitlines()
    assert plain[0].split("\t")[:3] == ["id", "at", "event"]
    assert {len(line.split("\t")) for line in plain} == {18}
    assert good(fake, "events", "--json").splitlines() == [as_json(e) for e in fake.events]
    good(fake, "events", "--since", "10m")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fake.requests[-1][2]["since"])
    good(fake, "events", "--since", "2026-11-23T10:41:07+01:00")
    assert fake.requests[-1][2]["since"] == "2026-11-23T10:41:07+01:00"
