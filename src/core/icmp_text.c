/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Words for ICMP errors. Sources: RFC 792, 1122 section 3.2.2.1, 1812 section 5.2.7, 4443, IANA's
 * ICMP parameters.
 */
#include <stddef.h>

#include "core/icmp.h"

static const char *const unreachable4[] = {
    "network unreachable",
    "host unreachable",
    "protocol unreachable",
    "port unreachable",
    "fragmentation needed and don't fragment set",
    "source route failed",
    "destination network unknown",
    "destination host unknown",
    "source host isolated",
    "network administratively prohibited",
    "host administratively prohibited",
    "network unreachable for type of service",
    "host unreachable for type of service",
    "communication administratively prohibited",
    "host precedence violation",
    "precedence cutoff in effect",
};
static const char *const exceeded[] = {
    "time to live exceeded in transit", "fragment reassembly time exceeded"};
static const char *const exceeded6[] = {
    "hop limit exceeded in transit", "fragment reassembly time exceeded"};
static const char *const parameter4[] = {"parameter problem: pointer indicates the error",
    "parameter problem: required option missing", "parameter problem: bad length"};
static const char *const parameter6[] = {"parameter problem: erroneous header field",
    "parameter problem: unrecognized next header", "parameter problem: unrecognized IPv6 option",
    "parameter problem: incomplete header chain"};
static const char *const unreachable6[] = {
    "no route to destination",
    "communication administratively prohibited",
    "beyond scope of source address",
    "address unreachable",
    "port unreachable",
    "source address failed ingress/egress policy",
    "reject route to destination",
    "error in source routing header",
};
static const char *const redirects[] = {"redirect for the network", "redirect for the host",
    "redirect for type of service and network", "redirect for type of service and host"};

struct words {
	uint8_t family, type;
	const char *type_text;
	const char *const *codes;
	size_t n;
};

#define CODES(table) (table), sizeof(table) / sizeof((table)[0])

static const struct words words[] = {
    {4, 3, "destination unreachable", CODES(unreachable4)},
    {4, 4, "source quench", NULL, 0},
    {4, 5, "redirect", CODES(redirects)},
    {4, 11, "time exceeded", CODES(exceeded)},
    {4, 12, "parameter problem", CODES(parameter4)},
    {6, 1, "destination unreachable", CODES(unreachable6)},
    {6, 2, "packet too big", NULL, 0},
    {6, 3, "time exceeded", CODES(exceeded6)},
    {6, 4, "parameter problem", CODES(parameter6)},
    {6, 137, "redirect", NULL, 0},
};

const char *
icmp_error_text(uint8_t family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].family != family || words[i].type != type)
			continue;
		return code < words[i].n ? words[i].codes[code] : words[i].type_text;
	}
	return "unknown ICMP error";
}

const char *
icmp_verdict_text(enum icmp_verdict verdict)
{
	static const char *const texts[ICMP_VERDICT_COUNT] = {
#define X(name, text) [ICMP_##name] = text,
	    ICMP_VERDICTS(X)
#undef X
	};
	return (unsigned)verdict < ICMP_VERDICT_COUNT ? texts[verdict] : "?";
}
