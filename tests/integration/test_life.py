# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Start, reload and stop: exit statuses, privileges, what a reload keeps and what it refuses."""
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from conftest import BUILD, LIMIT_S, sums_agree, wait_for

TWO = (
    'defaults = { interval = "50ms"; timeout = "500ms"; };\n'
    'targets = { a = { host = "10.0.0.1"; }; b = { host = "10.0.0.2"; }; };\n'
)


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def test_no_privilege_is_left_after_the_start(daemon):
    d = daemon(TWO)
    status = status_of(d.pid())
    for field in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
        assert int(status[field], 16) == 0, (field, status[field])
    assert status["NoNewPrivs"] == "1"
    children = subprocess.run(
        ["pgrep", "-P", str(d.pid())], capture_output=True, text=True, check=False
    )
    helper = status_of(int(children.stdout))
    assert int(helper["CapEff"], 16) == 0 and helper["NoNewPrivs"] == "1"


def test_stop_is_clean(daemon):
    d = daemon(TWO)
    helper = int(
        subprocess.run(
            ["pgrep", "-P", str(d.pid())], capture_output=True, text=True, check=True
        ).stdout
    )
    assert d.stop() == 0
    assert not d.socket.exists()
    wait_for(lambda: not os.path.exists(f"/proc/{helper}"), "the helper gone")


def test_reload_keeps_what_did_not_change(daemon):
    d = daemon(TWO)
    before = wait_for(lambda: (t := d.target("a"))["totals"]["answered"] > 40 and t, "40 answers")
    d.config.write_text(TWO.replace("b =", "c =").replace('"50ms"', '"40ms"'))
    d.reload()
    wait_for(lambda: "configuration loaded" in d.log_text(), "the reload in the log")
    after = d.target("a")
    assert after["totals"]["attempts"] >= before["totals"]["attempts"]
    assert after["state"] == "up" and after["since"] == before["since"]
    assert after["interval_ms"] == 40
    assert d.request("GET", "/v1/targets/b")[0] == 404
    wait_for(lambda: d.target("c")["state"] == "up", "c up")
    status = d.get("/v1/status")
    totals = sums_agree(status["probes"])
    assert totals["lost"] == totals["unsent"] == 0
    assert status["config"]["last_reload_ok"] is True
    assert "(1 added, 1 removed, 1 changed)" in d.log_text()
    assert "event=reload ok=1 took_ms=" in d.log_text()


def test_a_broken_file_changes_nothing_and_says_why(daemon):
    d = daemon(TWO)
    d.config.write_text('defaults = { intervall = "1s"; };\ntargets = { a = { host = 5; }; };\n')
    done = d.ctl("reload")
    assert done.returncode == 1
    assert "icmpmond.conf:1:" in done.stderr and "did you mean" in done.stderr
    assert "icmpmond.conf:2:" in done.stderr, "all errors in one run"
    status = d.get("/v1/status")
    assert status["config"]["last_reload_ok"] is False
    assert status["targets"]["total"] == 2
    assert "icmpmond.conf:1:" in d.log_text()
    d.config.write_text(TWO)
    assert d.ctl("reload").returncode == 0
    assert d.get("/v1/status")["config"]["last_reload_ok"] is True


def test_many_reloads_at_once_end_with_the_last_file(daemon):
    d = daemon(TWO)
    d.config.write_text(TWO.replace("b =", "last ="))
    for _ in range(200):
        d.reload()
    wait_for(lambda: d.request("GET", "/v1/targets/last")[0] == 200, "the last configuration")
    assert sums_agree(d.get("/v1/status")["probes"])["lost"] == 0


def children(pid):
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def test_a_reload_asked_for_while_one_is_under_way_is_not_forgotten(daemon):
    d = daemon(TWO)
    lines = "".join(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255} t{i}\n" for i in range(300000))
    (d.dir / "hosts.txt").write_text(lines)
    d.config.write_text('defaults = { interval = "1h"; };\ntargets_file = "hosts.txt";\n')
    (helper,) = children(d.pid())
    d.reload()

    def is_reading():  # its own file was read long ago, the list takes much longer
        for pid in children(helper):
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                return int(f.read().split()[13]) >= 3
        return False

    wait_for(is_reading, "the list being read")
    d.config.write_text(TWO.replace("b =", "last ="))
    d.reload()
    wait_for(lambda: d.request("GET", "/v1/targets/last")[0] == 200, "the last configuration")


def test_a_killed_helper_is_started_again_by_the_next_reload(daemon):
    d = daemon(TWO)
    helper = int(
        subprocess.run(
            ["pgrep", "-P", str(d.pid())], capture_output=True, text=True, check=True
        ).stdout
    )
    os.kill(helper, signal.SIGKILL)
    wait_for(lambda: "helper process ended" in d.log_text(), "the end of the helper in the log")
    d.config.write_text(TWO.replace("b =", "c ="))
    done = d.ctl("reload")
    assert done.returncode == 0, done.stderr
    assert d.request("GET", "/v1/targets/c")[0] == 200


def test_pause_makes_no_attempts_and_resume_goes_on(daemon):
    d = daemon(TWO)
    wait_for(lambda: d.target("a")["state"] == "up", "a up")
    assert d.ctl("pause", "a", "--for", "1h", "-m", "cable work").returncode == 0
    paused = wait_for(
        lambda: (t := d.target("a"))["totals"]["in_flight"] == 0 and t, "nothing in flight"
    )
    assert paused["state"] == "paused" and "cable work" in paused["reason"]
    answered = d.target("b")["totals"]["answered"]
    wait_for(lambda: d.target("b")["totals"]["answered"] > answered + 20, "b going on")
    assert d.target("a")["totals"]["attempts"] == paused["totals"]["attempts"]
    assert d.ctl("pause", "b", "--for", "1ms").returncode == 1, "shorter than a second"
    assert d.ctl("resume", "a").returncode == 0
    wait_for(lambda: d.target("a")["state"] == "up", "a up again")
    assert sums_agree(d.target("a")["totals"])["lost"] == 0


def test_an_alarm_runs_its_actions(daemon, ns, tmp_path):
    told = tmp_path / "told"
    script = tmp_path / "notify"
    script.write_text(
        f'#!/bin/sh\necho "$1 $ICMPMON_TARGET $ICMPMON_ALARM $ICMPMON_STATE" >> {told}\n'
    )
    script.chmod(0o755)
    d = daemon(
        'defaults = { interval = "50ms"; timeout = "100ms"; };\n'
        'alarms = { down = { raise = "loss == 100% over 5 probes";\n'
        '  clear = "loss < 50% over 5 probes";\n'
        f'  state = "down"; on_raise = [ "{script}", "raise" ];\n'
        f'  on_clear = [ "{script}", "clear" ]; }}; }};\n'
        'targets = { a = { host = "10.0.0.1"; alarms = [ "down" ]; }; };\n'
    )
    wait_for(lambda: d.target("a")["state"] == "up", "a up")
    ns.rule("output", "icmp type echo-reply drop")
    wait_for(lambda: told.exists() and "raise a down" in told.read_text(), "on_raise run")
    ns.run("nft", "delete", "table", "inet", "test")
    wait_for(lambda: "clear a down" in told.read_text(), "on_clear run")


def run(*words, **kw):
    return subprocess.run(
        [str(BUILD / "icmpmond"), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **kw,
    )


def test_usage_errors_exit_64():
    for words in (("-x",), ("--nonsense",), ("-t", "-T"), ("-l", "nowhere"), ("stray",), ("-c",)):
        done = run(*words)
        assert done.returncode == 64, words
        assert done.stderr.count("\n") == 1, done.stderr


def test_a_broken_configuration_exits_78_with_all_errors(tmp_path):
    path = tmp_path / "c.conf"
    path.write_text(
        'targets = { a = { hots = "10.0.0.1"; }; b = { host = "10.0.0.2"; interval = "5"; }; };\n'
    )
    for words in (("-t",), ("-l", "stderr")):
        done = run("-c", str(path), *words)
        assert done.returncode == 78
        assert f"{path}:1:" in done.stderr and 'did you mean "host"' in done.stderr.replace(
            "'", '"'
        )
        assert "interval" in done.stderr


def test_check_config_tells_targets_rate_and_memory(tmp_path):
    path = tmp_path / "c.conf"
    path.write_text(
        'targets = { a = { host = "10.0.0.1"; interval = "500ms"; };\n'
        '  b = { host = "10.0.0.2"; }; };\n'
    )
    done = run("-t", "-c", str(path))
    assert done.returncode == 0, done.stderr
    assert "2 targets" in done.stdout and "3 probes/s" in done.stdout and "MiB" in done.stdout


def test_print_config_can_be_read_again(tmp_path):
    path = tmp_path / "c.conf"
    path.write_text(TWO)
    first = run("-T", "-c", str(path))
    assert first.returncode == 0, first.stderr
    assert f"{path}:1" in first.stdout and "default" in first.stdout
    again = tmp_path / "again.conf"
    again.write_text(first.stdout)
    assert run("-t", "-c", str(again)).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give up privileges")
def test_without_any_permission_it_exits_77_with_the_three_cures(ns, open_path):
    path = open_path / "c.conf"
    path.write_text(TWO)
    ns.run("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    done = subprocess.run(
        ns.command(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--bounding-set=-all",
            str(BUILD / "icmpmond"),
            "-c",
            str(path),
            "-s",
            str(open_path / "s"),
            "-l",
            "stderr",
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 77, done.stderr
    for cure in ("systemctl", "setcap", "root"):
        assert cure in done.stderr


def test_datagram_sockets_serve_without_privilege(daemon, ns, open_path):
    ns.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 65535")
    (open_path / "d0").mkdir()
    os.chown(open_path / "d0", 65534, 65534)
    d = daemon(
        TWO.replace("10.0.0.2", "2001:db8::1"),
        under=open_path,
        prefix=(
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--bounding-set=-all",
        ),
    )
    for name in ("a", "b"):
        wait_for(
            lambda: d.target(name)["totals"]["answered"] > 20,
            lambda: f"{d.target(name)} {d.log_text()}",
        )
        assert sums_agree(d.target(name)["totals"])["lost"] == 0
    assert "datagram socket" in d.log_text()


def test_a_second_daemon_on_the_same_socket_is_refused_with_the_pid_of_the_first(daemon):
    d = daemon(TWO)
    done = subprocess.run(
        d.ns.command(
            str(BUILD / "icmpmond"), "-c", str(d.config), "-s", str(d.socket), "-l", "stderr"
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert str(d.pid()) in done.stderr
    assert d.ready()


def test_a_path_too_long_for_a_socket_is_refused_and_not_cut(ns, tmp_path):
    path = tmp_path / "c.conf"
    path.write_text(TWO)
    long = tmp_path / ("s" * 120)
    done = subprocess.run(
        ns.command(str(BUILD / "icmpmond"), "-c", str(path), "-s", str(long), "-l", "stderr"),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 1 and "longer than 107 bytes" in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_the_socket_of_a_killed_daemon_is_replaced(daemon):
    d = daemon(TWO)
    d.process.kill()
    d.process.wait()
    assert d.socket.exists()
    d.start()
    assert d.get("/v1/status")["targets"]["total"] == 2


def test_no_targets_is_a_warning_and_it_runs(daemon):
    d = daemon("version = 1;\n")
    assert d.get("/v1/targets")["targets"] == []
    assert "no targets" in d.log_text()
    assert d.stop() == 0


def test_closed_standard_descriptors_do_not_become_sockets(daemon):
    d = daemon(TWO, prefix=("sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh"))
    for fd in range(3):
        assert os.readlink(f"/proc/{d.pid()}/fd/{fd}") == "/dev/null"
    assert d.stop() == 0


def test_all_errors_of_a_refused_file_reach_the_client(daemon):
    d = daemon(TWO)
    bad = "".join(f'  t{i} = {{ host = "10.0.0.1"; intervall = "{i}s"; }};\n' for i in range(150))
    d.config.write_text("targets = {\n" + bad + "};\n")
    done = d.ctl("reload")
    assert done.returncode == 1
    assert len(done.stderr) > 16384, "more than a page of them"
    assert all(f"icmpmond.conf:{i + 2}:" in done.stderr for i in range(150))
    assert "and more errors: icmpmond -t lists them all" in d.log_text()


def test_summaries_come_between_frequent_reloads(daemon):
    d = daemon('log = { summary_interval = "2s"; };\n' + TWO)
    begun = last = time.monotonic()

    def told():
        nonlocal last
        if time.monotonic() - last > 0.4:  # often, but within the log's budget
            last = time.monotonic()
            d.ctl("reload")
        return " 2s: " in d.log_text()

    wait_for(told, "a summary line in spite of reloads", 10)
    assert time.monotonic() - begun > 1, "and not before its time"


def test_the_doctor_finds_what_was_done_to_the_daemon(daemon, ns):
    d = daemon('targets = ( { name = "t"; host = "10.0.0.1"; interval = "50ms"; } );')
    wait_for(lambda: d.target("t")["totals"]["answered"] > 5, "answers")
    findings = {
        line.split("\t")[1]: line.split("\t")
        for line in d.ctl("doctor", "--plain").stdout.splitlines()
    }
    assert findings["sockets"][:3] == ["ok", "sockets", "IPv4 raw, IPv6 raw"]
    assert findings["unsent"][2] == "no probes"
    ns.rule("output", "ip daddr 10.0.0.1 drop")
    wait_for(lambda: d.target("t")["totals"]["unsent"] > 5, "unsent probes")
    result = d.ctl("doctor")
    assert result.returncode == 1 and "not_permitted" in result.stdout, result
    assert "-> a packet filter of this machine" in result.stdout
    checks = json.loads(d.ctl("doctor", "--json").stdout)["checks"]
    assert {c["check"]: c["ok"] for c in checks}["unsent"] is False
