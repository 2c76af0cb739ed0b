# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""icmpctl that goes on: following probes and events, and live on a terminal."""
import json
import os
import signal
import termios

import pytest
from conftest import wait_for
from fake_answers import event, probe, sample_targets
from fake_daemon import FakeDaemon
from icmpctl_runner import Following, Terminal, good, plain_lines, without_ages


@pytest.fixture
def fake(tmp_path):
    with FakeDaemon(tmp_path / "s.sock") as daemon:
        yield daemon


def test_icmpctl_probes_follow_shows_each_when_it_is_decided(fake):
    older = [probe(1000 + i, 60) for i in range(40)]
    fake.probes = older + [probe(1, 3), probe(2, 2, "in_flight"), probe(3, 1)]
    with Following(fake, "probes", "isp-gw", "-f", "-n", "3", "--plain") as f:
        f.wait_out("\t3\t")
        fake.probes = fake.probes + [probe(4, 0)]
        f.wait_out("\t4\t")
        fake.probes = [{**p, "outcome": "lost"} if p["seq"] == 2 else p for p in fake.probes]
        f.wait_out("\t2\t")
        seen = len(fake.requests)
        wait_for(lambda: len(fake.requests) > seen + 1, "another question")
        assert [line.split("\t")[1] for line in f.out] == ["seq", "1", "3", "4", "2"]


def test_icmpctl_probes_follow_survives_a_restart(fake):
    fake.probes = [probe(1, 3)]
    with Following(fake, "probes", "isp-gw", "-f", "--json") as f:
        f.wait_out('"seq":1')
        fake.stop()
        f.wait_err("icmpmond does not answer, waiting until it does")
        fake.probes = [probe(1, 3), probe(9, 0)]
        fake.start()
        f.wait_err("icmpmond answers again")
        f.wait_out('"seq":9')
        assert [json.loads(line)["seq"] for line in f.out] == [1, 9]


def test_icmpctl_probes_follow_tells_of_a_hole(fake):
    fake.probes = [probe(1, 3)]
    with Following(fake, "probes", "isp-gw", "-f") as f:
        f.wait_out("answered")
        fake.probes = [probe(500, 0)]
        f.wait_err("some probes are missing here")


def test_icmpctl_events_follow_shows_new_ones(fake):
    fake.events = [event(i, f"message {i}") for i in range(1, 21)]
    with Following(fake, "events", "-f") as f:
        f.wait_out("message 20")
        assert len(f.out) == 10
        fake.add_event(event(21, "message 21"))
        f.wait_out("message 21")
        fake.add_event({"event": "gap", "from_id": 22, "to_id": 30, "lost": 9})
        f.wait_out("9 events (22 to 30) are no longer held")
        fake.add_event(event(31, "message 31"))
        f.wait_out("message 31")
        assert len(f.out) == 13


def test_icmpctl_events_follow_goes_on_after_a_restart(fake):
    fake.events = [event(i, f"message {i}.") for i in range(1, 6)]
    with Following(fake, "events", "-f") as f:
        f.wait_out("message 5.")
        fake.stop()
        f.wait_err("icmpmond does not answer, waiting until it does")
        fake.events = fake.events[3:] + [event(6, "message 6."), event(7, "message 7.")]
        fake.start()
        f.wait_out("message 7.")
        f.wait_err("icmpmond answers again")
        assert [line.split()[-1] for line in f.out] == ["1.", "2.", "3.", "4.", "5.", "6.", "7."]


@pytest.mark.parametrize("n", [2, 5, 9])
def test_icmpctl_events_follow_notices_a_new_journal(fake, n):
    """Shorter than the old one, as long, longer."""
    fake.events = [event(i, f"message {i}.", 500) for i in range(1, 6)]
    with Following(fake, "events", "-f") as f:
        f.wait_out("message 5.")
        fake.stop()
        f.wait_err("icmpmond does not answer")
        fake.events = [event(i, f"second {i}.", 5) for i in range(1, n + 1)]
        fake.start()
        f.wait_err("icmpmond began a new journal: event numbers start over")
        f.wait_out(f"second {n}.")
        assert len([line for line in f.out if "second" in line]) == n


# On a terminal.


@pytest.mark.parametrize("words, env, colours", [
    ([], {}, True),
    (["--no-color"], {}, False),
    ([], {"NO_COLOR": "1"}, False),
    ([], {"NO_COLOR": ""}, True),
    ([], {"TERM": "dumb"}, False),
    (["list", "--plain"], {}, False),
])
def test_icmpctl_colours_only_where_wanted(fake, words, env, colours):
    with Terminal(fake, *words, env=env) as t:
        assert t.end() == 0
        assert ("\033[" in t.text) == colours
        assert "isp-gw" in t.text


@pytest.mark.parametrize("columns, there, gone", [
    (110, "ADDRESS", "nothing"), (80, "MAX", "ADDRESS"), (60, "P50", "P95"), (44, "P50", "LAST"),
    (30, "LOSS 5m", "P50")])
def test_icmpctl_tables_fit_the_terminal(fake, columns, there, gone):
    with Terminal(fake, "list", columns=columns) as t:
        assert t.end() == 0
        lines = plain_lines(t.text)
        assert there in lines[0] and gone not in lines[0]
        assert max(map(len, lines)) <= columns


def keyboard_is_restored(terminal):
    wanted = termios.ECHO | termios.ICANON
    return termios.tcgetattr(terminal.fd)[3] & wanted == wanted


def test_icmpctl_watch_redraws_until_q(fake):
    with Terminal(fake, "watch", "--every", "100ms") as t:
        lines = t.wait_frame(lambda f: any("isp-gw" in line for line in f), "the table")
        assert lines[0].startswith("icmpmond 0.1.0  up 12d4h")
        assert lines[-1].rstrip().endswith("every 100ms  q quits")
        fake.targets[0]["state"] = "down"
        t.wait_frame(lambda f: f[2].startswith("nas ") and " DOWN " in f[2], "the change")
        assert "\033[2J" not in t.text  # no flicker
        t.key("q")
        assert t.end() == 0
        assert t.text.rstrip().endswith("\033[?25h")
        assert keyboard_is_restored(t)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_icmpctl_watch_restores_the_terminal_after_a_signal(fake, number):
    with Terminal(fake, "watch") as t:
        t.wait_frame(lambda f: any("isp-gw" in line for line in f), "the table")
        os.kill(t.pid, number)
        assert t.end() == 0
        assert t.text.rstrip().endswith("\033[?25h")
        assert keyboard_is_restored(t)


def test_icmpctl_watch_goes_on_while_the_daemon_is_away(fake):
    with Terminal(fake, "watch", "--every", "100ms") as t:
        t.wait_frame(lambda f: any("isp-gw" in line for line in f), "the table")
        fake.stop()
        lines = t.wait_frame(lambda f: "no answer since" in f[-1], "that it is away")
        assert any("isp-gw" in line for line in lines)  # what was known stays
        fake.start()
        t.wait_frame(lambda f: "q quits" in f[-1], "that it is back")
        fake.replace["*"] = fake.silence
        seen = len(fake.requests)
        wait_for(lambda: t.read() and len(fake.requests) > seen, "a question without an answer")
        t.key("q")
        assert t.end() == 0  # though an answer is waited for


def test_icmpctl_watch_follows_the_size_of_the_terminal(fake):
    with Terminal(fake, "watch", columns=120, lines=30) as t:
        t.wait_frame(lambda f: any("ADDRESS" in line for line in f), "the wide table")
        t.resize(50, 6)
        lines = t.wait_frame(lambda f: not any("ADDRESS" in line for line in f), "the narrow table")
        assert len(lines) <= 6 and max(len(line) for line in lines) <= 50


def test_icmpctl_watch_of_one_target_is_its_page(fake):
    with Terminal(fake, "watch", "isp-gw", lines=50) as t:
        t.wait_frame(lambda f: "isp-gw  192.0.2.1  DEGRADED" in f[0] and
                     any("RTT p99" in line for line in f), "the page")
        fake.targets = sample_targets()[:1]
        t.wait_frame(lambda f: "There is no target isp-gw." in f[-1], "that it was removed")


def test_icmpctl_watch_without_a_terminal_prints_once(fake):
    assert without_ages(good(fake, "watch")) == without_ages(good(fake, "status"))
    assert good(fake, "watch", "isp-gw").startswith("isp-gw  192.0.2.1")
