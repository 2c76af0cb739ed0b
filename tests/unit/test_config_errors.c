/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Each mistake has its own line: where it stands, what is wrong, what to write instead. The tables
 * hold a text and what is said about it.
 */
#include "test_config.h"
#include "unit.h"

struct mistake {
	const char *text, *line;
};

static void
check(const struct mistake mistakes[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		config_assert_only(config_dir_refused(mistakes[i].text), mistakes[i].line);
}

#define T(settings) "targets = { a = { host = \"192.0.2.1\"; " settings " }; };"
#define AT "main.conf:1: target \"a\": "
#define UNIT "a duration needs a unit: write "
#define HOST(host) "targets = { a = { host = \"" host "\"; }; };"
#define ALARM(raise, more)                                                                   \
	"alarms = { x = { raise = \"" raise "\"; clear = \"loss < 1% over 1m\"; " more " };" \
	" }; defaults = { alarms = [ \"x\" ]; };"

static const struct mistake wrong_values[] = {
    {T("interval = 500;"), AT "interval = 500: " UNIT "\"500ms\" or \"500s\""},
    {T("interval = \"500\";"), AT "interval = \"500\": " UNIT "\"500ms\" or \"500s\""},
    {T("interval = 1.5;"), AT "interval = 1.5: " UNIT "\"1.5ms\" or \"1.5s\""},
    {T("interval = \"1 s\";"),
	AT "interval = \"1 s\": is no duration: write a number and a unit, like \"500ms\""},
    {T("interval = true;"),
	AT "interval = true: is no duration: write a number and a unit, like \"500ms\""},
    {T("interval = \"-1s\";"),
	AT "interval = \"-1s\": is no duration: write a number and a unit, like \"500ms\""},
    {T("interval = { };"), AT "interval = { ... }: is no duration: write a number and a "
			      "unit, like \"500ms\""},
    {T("interval = \"9ms\";"), AT "interval = \"9ms\": too little: write \"10ms\" or more"},
    {T("interval = \"61m\";"), AT "interval = \"61m\": too much: write \"1h\" or less"},
    {T("interval = \"0s\";"), AT "interval = \"0s\": too little: write \"10ms\" or more"},
    {T("timeout = \"61s\";"), AT "timeout = \"61s\": too much: write \"1m\" or less"},
    {T("history = \"1s\";"), AT "history = \"1s\": too little: write \"1m\" or more, or 0"},
    {T("size = 65508;"), AT "size = 65508: too much: write 65507 or less"},
    {T("size = \"64KiB\";"), AT "size = \"64KiB\": too much: write 65507 or less"},
    {T("size = -1;"), AT "size = -1: too little: write 0 or more"},
    {T("size = \"56\";"), AT "size = \"56\": a number stands without quotation marks: write 56"},
    {T("ttl = 256;"), AT "ttl = 256: too much: write 255 or less"},
    {T("flows = 0;"), AT "flows = 0: too little: write 1 or more"},
    {T("flows = 1.5;"), AT "flows = 1.5: must be a whole number: write 1 to 16"},
    {T("mark = 4294967296;"), AT "mark = 4294967296: too much: write 4294967295 or less"},
    {T("samples = 36001;"), AT "samples = 36001: too much: write 36000 or less"},
    {T("paused = \"yes\";"), AT "paused = \"yes\": write true or false, without quotation marks"},
    {T("paused = 1;"), AT "paused = 1: write true or false, without quotation marks"},
    {T("family = \"IPv4\";"),
	AT "family = \"IPv4\": unknown word: write \"auto\", \"ipv4\" or \"ipv6\""},
    {T("df = true;"), AT "df = true: unknown word: write \"auto\", \"yes\" or \"no\""},
    {T("dscp = \"AF44\";"),
	AT "dscp = \"AF44\": is no code point: write EF, CS0 to CS7, AF11 to AF43, LE or VA "
	   "in quotation marks, or a number from 0 to 63"},
    {T("dscp = 64;"), AT "dscp = 64: is no code point: write EF, CS0 to CS7, AF11 to AF43, "
			 "LE or VA in quotation marks, or a number from 0 to 63"},
    {T("dpinger_socket = \"a/b\";"),
	AT "dpinger_socket = \"a/b\": a name has 1 to 64 letters, digits and . _ : - and "
	   "no other characters: write such a one"},
    {T("alarms = \"down\";"), AT "alarms = \"down\": must be a list of names of alarms: "
				 "write [ \"down\", \"loss\" ]"},
    {T("alarms = [ 1 ];"), AT "alarms = [ ... ]: must be a list of names of alarms: "
			      "write [ \"down\", \"loss\" ]"},
    {T("alarms = [ \"down\", \"down\" ];"),
	AT "alarms = [ ... ]: \"down\" stands twice in the list: write it once"},
    {T("alarms = [ \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\" ];"),
	AT "alarms = [ ... ]: too many alarms: write 8 or fewer"},
    {T("alarms = [ \"dwon\" ];"), AT "alarms: there is no alarm \"dwon\": did you mean \"down\"?"},
    {T("alarms = [ \"quick\" ];"),
	AT "alarms: there is no alarm \"quick\": write one of alarms = { ... }"},
    {"alarms = { boss = { raise = \"loss > 5% over 1m\"; clear = \"loss < 1% over 1m\"; }; };"
     "defaults = { alarms = [ \"losss\" ]; };",
	"main.conf:1: defaults: alarms: there is no alarm \"losss\": did you mean \"loss\"?"},
    {"defaults = { alarms = [ \"los\" ]; };",
	"main.conf:1: defaults: alarms: there is no alarm \"los\": did you mean \"loss\"?"},
    {"groups = { g = { alarms = [ \"los\" ]; }; };",
	"main.conf:1: group \"g\": alarms: there is no alarm \"los\": did you mean "
	"\"loss\"?"},
    {"receive_buffer = 16;", "main.conf:1: receive_buffer = 16: a size needs a unit: write "
			     "\"16KiB\" or \"16MiB\""},
    {"receive_buffer = \"2GiB\";",
	"main.conf:1: receive_buffer = \"2GiB\": too much: write \"1GiB\" or less"},
    {"receive_buffer = \"16MB\";", "main.conf:1: receive_buffer = \"16MB\": is no size: write "
				   "a number and a unit, like \"16MiB\""},
    {"version = 2;", "main.conf:1: version = 2: this icmpmond knows 1 alone: write 1"},
    {"max_rate = 0;", "main.conf:1: max_rate = 0: too little: write 1 or more"},
    {"max_rate = 99999999999;",
	"main.conf:1: max_rate = 99999999999: too much: write 10000000 or less"},
    {"stats = { socket = \"x\"; };", "main.conf:1: stats: socket = \"x\": must be an absolute "
				     "path: write \"/run/icmpmon/NAME\""},
    {"stats = { admin_group = \"a:b\"; };",
	"main.conf:1: stats: admin_group = \"a:b\": is no name of a group: write one of "
	"group(5)"},
    {"log = { summary_interval = \"2d\"; };",
	"main.conf:1: log: summary_interval = \"2d\": too much: write \"1d\" or less"},
    {"log = 5;", "main.conf:1: log must be a group: write log = { NAME = VALUE; };"},
    {"alarms = 5;", "main.conf:1: alarms must be a group of named groups: write alarms = { "
		    "NAME = { ... "
		    "}; };"},
    {"groups = { g = 5; };", "main.conf:1: \"g\" in groups must be a group: write g = { ... };"},
    {"targets = 5;",
	"main.conf:1: targets must be a group of named groups, or a list: write { a = { "
	"host "
	"= \"192.0.2.1\"; }; } or ( { name = \"a\"; host = \"192.0.2.1\"; } )"},
    {"targets = { a = \"192.0.2.1\"; };",
	AT "a target is a group: write { host = \"192.0.2.1\"; }"},
    {"targets = ( \"192.0.2.1\" );",
	"main.conf:1: target: a target is a group: write { host = \"192.0.2.1\"; }"},
    {"targets_file = 5;",
	"main.conf:1: targets_file must be a path: write targets_file = \"hosts.txt\";"},
};

TEST(test_config_error_for_each_wrong_value)
{
	check(wrong_values, COUNT(wrong_values));
}

static const struct mistake unknown_settings[] = {
    {T("intervall = \"1s\";"), AT "unknown setting \"intervall\": did you mean \"interval\"?"},
    {T("foo = 1;"),
	AT "unknown setting \"foo\": what may stand here is name, host, family, addresses, "
	   "interval, timeout, size, ttl, dscp, df, source, mark, probe, flows, stamps, "
	   "allow_special, samples, detail, history, alarms, depends, labels, "
	   "dpinger_socket, paused"},
    {T("quorum = \"1 of 1\";"), AT "\"quorum\" does not stand here: write it in a group"},
    {T("name = \"b\";"), AT "name stands before the = already: take this out"},
    {"groups = { g = { host = \"x\"; }; };",
	"main.conf:1: group \"g\": \"host\" does not stand here: write it in a target"},
    {"defaults = { depends = \"x\"; };",
	"main.conf:1: defaults: \"depends\" does not stand here: write it in a group or a "
	"target"},
    {"interval = \"1s\";", "main.conf:1: \"interval\" does not stand here: write it in "
			   "defaults, a group or a target"},
    {"intervall = \"1s\";", "main.conf:1: unknown setting \"intervall\": did you mean "
			    "\"interval\"? That is written in defaults, a group or a target"},
    {"stat = { };", "main.conf:1: unknown setting \"stat\": did you mean \"stats\"?"},
    {"log = { interval = \"1s\"; };", "main.conf:1: log: \"interval\" does not stand here: "
				      "write it in defaults, a group or "
				      "a target"},
    {"metrics = { zzzzz = 1; };",
	"main.conf:1: metrics: unknown setting \"zzzzz\": what may stand here is rtt"},
    {"alarms = { x = { rise = \"\"; raise = \"loss > 1% over 1m\"; clear = \"loss < 1% "
     "over "
     "1m\"; }; };",
	"main.conf:1: alarm \"x\": unknown setting \"rise\": did you mean \"raise\"?"},
};

TEST(test_config_error_for_each_unknown_setting)
{
	check(unknown_settings, COUNT(unknown_settings));
}

static const struct mistake wrong_hosts[] = {
    {"targets = { a = { }; };",
	AT "has no host: write host = \"192.0.2.1\"; (an address or a name)"},
    {HOST(""), AT "host = \"\": must be an address or a name: write \"192.0.2.1\" or "
		  "\"host.example\""},
    {HOST("192.0.2.300"), AT "host = \"192.0.2.300\": is no IPv4 address: write four numbers "
			     "from 0 to 255 with dots between"},
    {HOST("1.2.3"), AT "host = \"1.2.3\": is no IPv4 address: write four numbers from 0 to "
		       "255 with dots between"},
    {HOST("::g"), AT "host = \"::g\": is no IPv6 address: write one like 2001:db8::1 or "
		     "fe80::1%eth0"},
    {HOST("a b"), AT "host = \"a b\": is neither an address nor a name: write one like "
		     "192.0.2.1, 2001:db8::1 or host.example"},
    {HOST("a..b"), AT "host = \"a..b\": has a part of no or of more than 63 letters: write a "
		      "name like host.example"},
    {HOST("-a"), AT "host = \"-a\": has a part that begins or ends with -: write a name like "
		    "host.example"},
    {HOST("fe80::1"), AT "host = \"fe80::1\": this address is one of every link: write the "
			 "interface too, fe80::1%eth0"},
    {HOST("fe80::1%a/b"), AT "host = \"fe80::1%a/b\": no interface stands after %: write the "
			     "name of one, like fe80::1%eth0"},
    {HOST("192.0.2.1%eth0"),
	AT "host = \"192.0.2.1%eth0\": only a link-local address has an interface: take %eth0 "
	   "out, and write source = \"eth0\" if it matters"},
    {HOST("::ffff:192.0.2.1"), AT "host = \"::ffff:192.0.2.1\": an IPv4 address in the dress "
				  "of IPv6: write 192.0.2.1"},
    {HOST("224.0.0.1"), AT "host = \"224.0.0.1\": a multicast address: write one of a single "
			   "machine, or allow_special = true"},
    {HOST("255.255.255.255"), AT "host = \"255.255.255.255\": a broadcast address: write one "
				 "of a single machine, or allow_special = true"},
    {HOST("::"), AT "host = \"::\": an unspecified address: write one of a single machine, or "
		    "allow_special = true"},
    {T("family = \"ipv6\";"), AT "host = \"192.0.2.1\": no IPv6 address, as family wants: "
				 "write one, or another family"},
    {T("source = \"::1\";"), AT "source = \"::1\": the target has IPv4 addresses: write a "
				"source of that family, or an interface"},
    {T("source = \"224.0.0.1\";"), AT "source = \"224.0.0.1\": nothing is sent from such an "
				      "address: write one of this machine's"},
    {T("source = \"an-interface-name\";"),
	AT "source = \"an-interface-name\": is neither an address (without %) nor the name of "
	   "an interface: write \"192.0.2.2\" or \"eth0\""},
    {"targets = { a = { host = \"host.example\"; probe = \"timestamp\"; }; };",
	AT "probe = \"timestamp\": exists for IPv4 alone: write family = \"ipv4\", or probe = "
	   "\"echo\""},
    {"stats = { http = \"localhost:80\"; };",
	"main.conf:1: stats: http = \"localhost:80\": must be a numeric address and a "
	"port: "
	"write \"127.0.0.1:PORT\" or \"[::1]:PORT\""},
    {"stats = { http = \"::1:80\"; };", "main.conf:1: stats: http = \"::1:80\": must be a "
					"numeric address and a port: write "
					"\"127.0.0.1:PORT\" or \"[::1]:PORT\""},
    {"stats = { http = \"127.0.0.1:65536\"; };",
	"main.conf:1: stats: http = \"127.0.0.1:65536\": must be a numeric address and a "
	"port: "
	"write \"127.0.0.1:PORT\" or \"[::1]:PORT\""},
};

TEST(test_config_error_for_each_wrong_host)
{
	check(wrong_hosts, COUNT(wrong_hosts));
}

static const struct mistake wrong_alarms[] = {
    {ALARM("loss > 5 over 1m", ""), "main.conf:1: alarm \"x\": raise = \"loss > 5 over 1m\": "
				    "loss is a share: \"5\" must be a percentage like 5%"},
    {ALARM("loss == 5% over 1m", ""), "main.conf:1: alarm \"x\": raise = \"loss == 5% over "
				      "1m\": == goes only with 0% and "
				      "100%: write > or < instead"},
    {ALARM("loss > 5%", ""), "main.conf:1: alarm \"x\": raise = \"loss > 5%\": a condition "
			     "is METRIC OP VALUE over "
			     "SPAN: write for example \"loss > 5% over 1m\""},
    {"alarms = { x = { raise = 5; clear = \"loss < 1% over 1m\"; }; };",
	"main.conf:1: alarm \"x\": raise = 5: a condition is a text: write \"loss > 5% "
	"over "
	"1m\""},
    {"alarms = { x = { raise = \"loss > 1% over 1m\"; }; };",
	"main.conf:1: alarm \"x\": has no clear: write clear = \"loss < 2% over 1m\";"},
    {"alarms = { x = { clear = \"loss < 1% over 1m\"; }; };",
	"main.conf:1: alarm \"x\": has no raise: write raise = \"loss > 5% over 1m\";"},
    {ALARM("loss > 5% over 1m", "state = \"up\";"),
	"main.conf:1: alarm \"x\": state = \"up\": unknown word: write \"degraded\" or "
	"\"down\""},
    {ALARM("loss > 5% over 1m", "on_raise = \"/bin/true now\";"),
	"main.conf:1: alarm \"x\": on_raise = \"/bin/true now\": no shell reads this: "
	"write "
	"the program and its arguments as a list, [ \"/path/to/program\", \"argument\" ]"},
    {ALARM("loss > 5% over 1m", "on_clear = [ \"true\" ];"),
	"main.conf:1: alarm \"x\": on_clear = [ ... ]: the program \"true\" has no "
	"absolute "
	"path: write one, like \"/etc/icmpmon/notify\""},
    {ALARM("loss > 5% over 4s", "") T(""), "main.conf:1: alarm \"x\": raise = \"loss > 5% "
					   "over 4s\": too short for target \"a\" "
					   "(main.conf:1) with an interval of 1s: write a "
					   "span of 5s or more, or another interval"},
    {ALARM("loss > 5% over 11h", "") "\n" T(""),
	"main.conf:1: alarm \"x\": raise = \"loss > 5% over 11h\": too long for target "
	"\"a\" "
	"(main.conf:2) with an interval of 1s: write a span of 10h or less, or another "
	"interval"},
    {"targets = { a = { host = \"192.0.2.1\"; samples = 179; }; };",
	AT "samples = 179: the alarm \"loss\" looks at 180 probes at an interval of 1s: write "
	   "180 or more, or leave samples out"},
};

TEST(test_config_error_for_each_wrong_alarm)
{
	check(wrong_alarms, COUNT(wrong_alarms));
}

TEST(test_config_error_is_told_once_for_many_targets)
{
	config_dir_put("hosts.txt", "192.0.2.1 a\n192.0.2.2 b\n192.0.2.3 c\n");
	config_assert_only(
	    config_dir_refused(
		"defaults = { interval = \"1m\"; alarms = [ \"x\" ]; };\n"
		"alarms = { x = { raise = \"loss > 5% over 1m\"; clear = \"loss < 1% "
		"over 9 probes\"; }; };\n"
		"targets_file = \"hosts.txt\";"),
	    "main.conf:2: alarm \"x\": raise = \"loss > 5% over 1m\": too short for target \"a\" "
	    "(hosts.txt:1, and others) with an interval of 1m: write a span of 5m or more, or "
	    "another interval");
	config_assert_only(
	    config_dir_refused("defaults = { samples = 9; };\ntargets_file = \"hosts.txt\";"),
	    "main.conf:1: target \"a\": samples = 9: the alarm \"loss\" looks at 180 probes at an "
	    "interval of 1s: write 180 or more, or leave samples out");
}

static const struct mistake wrong_names[] = {
    {"targets = ( { name = \"a b\"; host = \"::1\"; } );",
	"main.conf:1: target \"a b\": name = \"a b\": a name has 1 to 64 letters, digits "
	"and "
	". _ : - and no other characters: write such a one"},
    {"targets = ( { host = \"fe80::1%eth0\"; } );",
	"main.conf:1: target: the name \"fe80::1%eth0\": a name has 1 to 64 letters, "
	"digits "
	"and . _ : - and no other characters: write such a one"},
    {"targets = { a = { host = \"::1\"; }; };\ntargets = { };",
	"main.conf:2: \"targets\" is here twice, first at main.conf:1: take one of them "
	"out"},
    {"targets = { a = { host = \"::1\"; };\n a = { host = \"::1\"; }; };",
	"main.conf:2: targets: \"a\" is here twice, first at main.conf:1: take one of them "
	"out"},
    {"targets = ( { name = \"a\"; host = \"::1\"; },\n { name = \"a\"; host = \"::2\"; } "
     ");",
	"main.conf:2: target \"a\": this name is here twice, first at main.conf:1: rename "
	"one "
	"of them"},
    {"groups = { g = { targets = { a = { host = \"::1\"; }; }; }; };\n" T(""),
	"main.conf:2: target \"a\": this name is here twice, first at main.conf:1: rename "
	"one "
	"of them"},
    {T("depends = \"b\";"), AT "depends: there is no target \"b\": did you mean \"a\"?"},
    {T("depends = \"gateway\";"),
	AT "depends: there is no target \"gateway\": write the name of one"},
    {"groups = { g = { depends = \"gateway\"; }; };",
	"main.conf:1: group \"g\": depends: there is no target \"gateway\": write the name "
	"of "
	"one"},
    {T("depends = \"a\";"), AT "depends on itself: take depends out"},
    {"targets = { a = { host = \"::1\"; depends = \"b\"; };\n"
     "b = { host = \"::1\"; depends = \"a\"; }; };",
	AT "depends on \"b\", and that on \"a\": take one of the two out"},
    {"targets = { x = { host = \"::1\"; depends = \"a\"; }; a = { host = \"::1\"; depends "
     "= "
     "\"b\"; };\nb = { host = \"::1\"; depends = \"c\"; }; c = { host = \"::1\"; depends = "
     "\"a\"; }; };",
	AT "depends on \"b\", and so on, back to \"a\": take depends out of one of them"},
    {"targets = { a = { host = \"::1\"; dpinger_socket = \"W\"; };\n"
     "b = { host = \"::1\"; dpinger_socket = \"W\"; }; };",
	"main.conf:2: target \"b\": dpinger_socket = \"W\": target \"a\" has it already "
	"(main.conf:1): write another name"},
    {"groups = { g = { quorum = \"2 of 3\"; targets = { a = { host = \"::1\"; }; }; }; };",
	"main.conf:1: group \"g\": quorum = \"2 of 3\": the group has 1 target: write \"N "
	"of "
	"1\""},
    {"groups = { g = { quorum = \"4 of 3\"; }; };",
	"main.conf:1: group \"g\": quorum = \"4 of 3\": 4 of 3 is never or always so: "
	"write a "
	"number from 1 to 3 before \"of\""},
    {"groups = { g = { quorum = \"1 of 4294967297\"; }; };",
	"main.conf:1: group \"g\": quorum = \"1 of 4294967297\": write \"N of M\", like \"2 of "
	"3\""},
    {"groups = { g = { quorum = 2; }; };",
	"main.conf:1: group \"g\": quorum = 2: write \"N of M\", like \"2 of 3\""},
    {"groups = { g = { quorum = \"2 of 3 x\"; }; };",
	"main.conf:1: group \"g\": quorum = \"2 of 3 x\": write \"N of M\", like \"2 of "
	"3\""},
    {T("labels = { a-b = \"x\"; };"),
	AT "labels: \"a-b\": the name of a label has 1 to 64 letters, digits and _, begins "
	   "with no digit, and not with __: write such a name"},
    {T("labels = { x = 5; };"),
	AT "labels: x: a label is a text in quotation marks: write x = \"VALUE\";"},
    {T("labels = { x = \"a\\nb\"; };"),
	AT "labels: x = \"a\\x0ab\": a label is UTF-8 text without control characters, of at "
	   "most 256 bytes: write such a text"},
    {T("labels = { x = \"\\xff\"; };"),
	AT "labels: x = \"\\xff\": a label is UTF-8 text without control characters, of at "
	   "most 256 bytes: write such a text"},
    {T("labels = \"x\";"), AT "labels = \"x\": must be a group of names and texts: write { "
			      "site = \"fra1\"; }"},
    {"max_rate = 1;\n" T("interval = \"900ms\";"),
	"main.conf:1: max_rate = 1: all targets together send 2 probes/s: write longer "
	"intervals, or a higher max_rate"},
};

TEST(test_config_error_for_each_wrong_name)
{
	check(wrong_names, COUNT(wrong_names));
}

static const struct mistake wrong_lines[] = {
    {"interval=1s", "hosts.txt:1: interval=...: the host stands first: write HOST [NAME] "
		    "[key=value ...]"},
    {"::1 a b", "hosts.txt:1: target \"a\": \"b\" is no setting: write HOST [NAME] "
		"[key=value ...] [labels.x=y]"},
    {"::1 a b!", "hosts.txt:1: target \"a\": \"b!\" is no setting: write HOST [NAME] "
		 "[key=value ...] [labels.x=y]"},
    {"::1 a!", "hosts.txt:1: target: the name \"a!\": a name has 1 to 64 letters, digits and . "
	       "_ : - and no other characters: write such a one"},
    {"::1 a interval=5", "hosts.txt:1: target \"a\": interval = 5: a duration needs a "
			 "unit: write 5ms or 5s"},
    {"::1 a size=x", "hosts.txt:1: target \"a\": size = x: must be a whole number: write 0 to "
		     "65507"},
    {"::1 a paused=yes", "hosts.txt:1: target \"a\": paused = yes: write true or false, "
			 "without quotation marks"},
    {"::1 a size=1 size=2", "hosts.txt:1: target \"a\": size is here twice: write it once"},
    {"::1 a name=b", "hosts.txt:1: target \"a\": name is here twice: write it once"},
    {"::1 a host=b", "hosts.txt:1: target \"a\": host is here twice: write it once"},
    {"::1 a labels=b", "hosts.txt:1: target \"a\": a label is written labels.NAME=TEXT: write "
		       "each of them so"},
    {"::1 a labels.x=1 labels.x=2",
	"hosts.txt:1: target \"a\": labels.x is here twice: write it once"},
    {"::1 a labels.=1", "hosts.txt:1: target \"a\": labels: \"\": the name of a label has 1 to "
			"64 letters, digits and _, begins with no digit, and not with __: "
			"write such a name"},
    {"::1 a labels.x=\"1", "hosts.txt:1: target: a quotation mark is not closed: write "
			   "\" at the end of the text"},
    {"::1 a tty=1", "hosts.txt:1: target \"a\": unknown setting \"tty\": did you mean "
		    "\"ttl\"?"},
    {"::1 a alarms=down,up", "hosts.txt:1: target \"a\": alarms: there is no alarm \"up\": "
			     "write one of alarms = { "
			     "... }"},
    {"::1 a\n\n::2 a", "hosts.txt:3: target \"a\": this name is here twice, first at "
		       "hosts.txt:1: rename one of them"},
    {"300.0.2.1", "hosts.txt:1: target: host = 300.0.2.1: is no IPv4 address: write four "
		  "numbers from 0 to 255 with dots between"},
};

TEST(test_config_error_for_each_wrong_line)
{
	for (size_t i = 0; i < COUNT(wrong_lines); i++) {
		config_dir_put("hosts.txt", wrong_lines[i].text);
		config_assert_only(
		    config_dir_refused("targets_file = \"hosts.txt\";"), wrong_lines[i].line);
	}
}

TEST(test_config_error_for_too_many_labels)
{
	config_dir_put("hosts.txt",
	    "::1 a labels.q=1\n"
	    "::1 b labels.a=2\n"
	    "::1 c labels.a=1 labels.b=1 labels.c=1 labels.d=1 labels.e=1 labels.f=1 labels.g=1 "
	    "labels.h=1 labels.i=1 labels.j=1 labels.k=1 labels.l=1 labels.m=1 labels.n=1 "
	    "labels.o=1 labels.p=1 labels.q=1 labels.r=1\n");
	assert_string_equal(
	    config_dir_refused(
		"defaults = { labels = { a=\"1\"; b=\"1\"; c=\"1\"; d=\"1\"; e=\"1\"; "
		"f=\"1\"; g=\"1\"; h=\"1\"; i=\"1\"; j=\"1\"; k=\"1\"; l=\"1\"; "
		"m=\"1\"; n=\"1\"; o=\"1\"; p=\"1\"; }; };\n"
		"targets_file = \"hosts.txt\";"),
	    "hosts.txt:1: target \"a\": labels: 17 with those inherited, and 16 may be: take some "
	    "out\n"
	    "hosts.txt:3: target \"c\": labels = { ... }: too many labels: write 16 or fewer\n");
}

TEST(test_config_all_errors_of_all_files_come_in_order_of_place)
{
	config_dir_put("conf.d/1.conf", "defaults = { size = 99999; };\n");
	config_dir_put("conf.d/2.conf", "\nx = 5;\n");
	config_dir_put("hosts.txt", "::1 a\n::1 b ttl=999\n");
	assert_string_equal(
	    config_dir_refused("version = 3;\ntargets_file = \"hosts.txt\";\nlog = { x = 5; };\n"),
	    "main.conf:1: version = 3: this icmpmond knows 1 alone: write 1\n"
	    "main.conf:3: log: unknown setting \"x\": what may stand here is summary_interval\n"
	    "hosts.txt:2: target \"b\": ttl = 999: too much: write 255 or less\n"
	    "conf.d/1.conf:1: defaults: size = 99999: too much: write 65507 or less\n"
	    "conf.d/2.conf:2: unknown setting \"x\": what may stand here is version, stats, log, "
	    "metrics, receive_buffer, max_rate, defaults, alarms, groups, targets, targets_file\n");
}

TEST(test_config_errors_beyond_the_limit_are_counted)
{
	char text[32 * (CONFIG_ERRORS_MAX + 2)] = "";
	const char *errors;
	unsigned lines = 0;

	for (int i = 0; i < CONFIG_ERRORS_MAX + 2; i++)
		(void)snprintf(text + strlen(text), 32, "::1 t%d ttl=-1\n", i);
	config_dir_put("hosts.txt", text);
	errors = config_dir_refused("targets_file = \"hosts.txt\";");
	for (const char *p = errors; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, CONFIG_ERRORS_MAX + 1);
	config_assert_line(errors, "and 2 more errors");
}

TEST(test_config_nothing_from_a_file_reaches_the_terminal_as_it_is)
{
	const char *errors =
	    config_dir_refused("targets = ( { name = \"\\x1b[31m\"; host = \"a\xff\"; } );");

	for (const char *p = errors; *p != '\0'; p++)
		assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\n');
	assert_non_null(strstr(errors, "\\x1b[31m"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_error_for_each_wrong_value),
	    CASE(test_config_error_for_each_unknown_setting),
	    CASE(test_config_error_for_each_wrong_host),
	    CASE(test_config_error_for_each_wrong_alarm),
	    CASE(test_config_error_is_told_once_for_many_targets),
	    CASE(test_config_error_for_each_wrong_name),
	    CASE(test_config_error_for_each_wrong_line),
	    CASE(test_config_error_for_too_many_labels),
	    CASE(test_config_all_errors_of_all_files_come_in_order_of_place),
	    CASE(test_config_errors_beyond_the_limit_are_counted),
	    CASE(test_config_nothing_from_a_file_reaches_the_terminal_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
