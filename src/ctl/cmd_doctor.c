/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl doctor
 */
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/doctor.h"
#include "ctl/jv.h"

#define CHECK_COLUMNS 18
#define JSON_BYTES 4096

struct print {
	struct ctl *ctl;
	unsigned n;
};

/* The first line of a file of the kernel; "" when it cannot be read. */
static void
read_line(const char *path, char *line, size_t bytes)
{
	FILE *f = fopen(path, "re");

	line[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(line, (int)bytes, f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';
	for (char *c = line; *c != '\0'; c++)
		*c = *c == '\t' ? ' ' : *c;
}

static void
print_json(struct print *p, const struct doctor_finding *finding)
{
	char line[JSON_BYTES];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_add(&t, p->n++ > 0 ? ",\n" : "{\"checks\":[\n");
	text_add(&t, "{\"check\":");
	text_json_string(&t, finding->check);
	text_printf(&t, ",\"ok\":%s,\"text\":", finding->good ? "true" : "false");
	text_json_string(&t, finding->text);
	text_add(&t, ",\"advice\":");
	text_json_string(&t, finding->good ? NULL : finding->advice);
	text_add(&t, "}");
	(void)fputs(line, p->ctl->out.f);
}

static void
print(void *arg, const struct doctor_finding *finding)
{
	struct print *p = arg;
	const struct out *out = &p->ctl->out;

	if (args_has(p->ctl->args, OPTION_JSON)) {
		print_json(p, finding);
		return;
	}
	if (args_has(p->ctl->args, OPTION_PLAIN)) {
		(void)fprintf(out->f, "%s\t%s\t", finding->good ? "ok" : "look", finding->check);
		out_text(out, STYLE_PLAIN, finding->text);
		(void)fprintf(out->f, "\t%s\n", finding->good ? "-" : finding->advice);
		return;
	}
	out_text(out, finding->good ? STYLE_GREEN : STYLE_YELLOW, finding->good ? "ok  " : "look");
	(void)fprintf(out->f, "  %-*s", CHECK_COLUMNS, finding->check);
	out_text(out, STYLE_PLAIN, finding->text);
	(void)fputc('\n', out->f);
	if (!finding->good)
		(void)fprintf(out->f, "      %-*s-> %s\n", CHECK_COLUMNS, "", finding->advice);
}

static int
run(struct ctl *ctl)
{
	struct doctor_machine machine;
	struct json_t *status;
	struct print p = {.ctl = ctl};
	enum client_result result = client_fetch(ctl->client, "/v1/status", &status);
	unsigned bad;

	if (result != CLIENT_OK)
		return ctl_failed(ctl, result);
	read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource",
	    machine.clock_source, sizeof(machine.clock_source));
	read_line("/proc/sys/net/ipv4/ping_group_range", machine.ping_group_range,
	    sizeof(machine.ping_group_range));
	if (args_has(ctl->args, OPTION_PLAIN))
		(void)fputs("result\tcheck\tfound\tadvice\n", ctl->out.f);
	bad = doctor_examine(status, &machine, print, &p);
	jv_free(status);
	if (args_has(ctl->args, OPTION_JSON))
		(void)fputs("]}\n", ctl->out.f);
	return bad > 0 ? CTL_FAILED : CTL_DONE;
}

const struct command command_doctor = {
    .name = "doctor",
    .operand = "",
    .options = 0,
    .summary = "what stands in the way of a good measurement here",
    .text = "Looks at the daemon's sockets, buffers, drops, lag and refused probes, and at\n"
	    "the clock and limits of this machine. Each line is ok, or says what to do\n"
	    "about it; then the exit status is 1. Counts are since the daemon's start.",
    .examples = "  icmpctl doctor\n",
    .run = run,
};
