/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Words for ICMP errors, the label that each is counted under, and the RFC that defines it. Source:
 * IANA's registries "Internet Control Message Protocol (ICMP) Parameters" and "ICMPv6 Parameters".
 */
#include <stddef.h>

#include "core/icmp.h"

#define ANY 256 /* all codes of the type that have no row of their own */

static const struct row {
	uint8_t family, type;
	uint16_t code;
	uint16_t rfc; /* 0: none, by the registry alone */
	uint16_t label; /* enum cause_label */
	const char *text;
} rows[] = {
    {4, 3, 0, 792, LABEL_NET_UNREACHABLE, "network unreachable"},
    {4, 3, 1, 792, LABEL_HOST_UNREACHABLE, "host unreachable"},
    {4, 3, 2, 792, LABEL_PROTOCOL_UNREACHABLE, "protocol unreachable"},
    {4, 3, 3, 792, LABEL_PORT_UNREACHABLE, "port unreachable"},
    {4, 3, 4, 792, LABEL_PACKET_TOO_BIG, "fragmentation needed and don't fragment set"},
    {4, 3, 5, 792, LABEL_OTHER_UNREACHABLE, "source route failed"},
    {4, 3, 6, 1122, LABEL_NET_UNREACHABLE, "destination network unknown"},
    {4, 3, 7, 1122, LABEL_HOST_UNREACHABLE, "destination host unknown"},
    {4, 3, 8, 1122, LABEL_OTHER_UNREACHABLE, "source host isolated"},
    {4, 3, 9, 1122, LABEL_PROHIBITED, "network administratively prohibited"},
    {4, 3, 10, 1122, LABEL_PROHIBITED, "host administratively prohibited"},
    {4, 3, 11, 1122, LABEL_NET_UNREACHABLE, "network unreachable for type of service"},
    {4, 3, 12, 1122, LABEL_HOST_UNREACHABLE, "host unreachable for type of service"},
    {4, 3, 13, 1812, LABEL_PROHIBITED, "communication administratively prohibited"},
    {4, 3, 14, 1812, LABEL_PROHIBITED, "host precedence violation"},
    {4, 3, 15, 1812, LABEL_PROHIBITED, "precedence cutoff in effect"},
    {4, 3, ANY, 0, LABEL_OTHER_UNREACHABLE, "destination unreachable"},
    {4, 4, ANY, 792, LABEL_OTHER_ICMP, "source quench"},
    {4, 5, 0, 792, LABEL_OTHER_ICMP, "redirect for the network"},
    {4, 5, 1, 792, LABEL_OTHER_ICMP, "redirect for the host"},
    {4, 5, 2, 792, LABEL_OTHER_ICMP, "redirect for type of service and network"},
    {4, 5, 3, 792, LABEL_OTHER_ICMP, "redirect for type of service and host"},
    {4, 5, ANY, 0, LABEL_OTHER_ICMP, "redirect"},
    {4, 11, 0, 792, LABEL_TTL_EXCEEDED, "time to live exceeded in transit"},
    {4, 11, 1, 792, LABEL_REASSEMBLY_EXCEEDED, "fragment reassembly time exceeded"},
    {4, 11, ANY, 0, LABEL_TTL_EXCEEDED, "time exceeded"},
    {4, 12, 0, 792, LABEL_PARAMETER_PROBLEM, "parameter problem: pointer indicates the error"},
    {4, 12, 1, 1108, LABEL_PARAMETER_PROBLEM, "parameter problem: required option missing"},
    {4, 12, 2, 0, LABEL_PARAMETER_PROBLEM, "parameter problem: bad length"},
    {4, 12, ANY, 0, LABEL_PARAMETER_PROBLEM, "parameter problem"},
    {6, 1, 0, 4443, LABEL_NET_UNREACHABLE, "no route to destination"},
    {6, 1, 1, 4443, LABEL_PROHIBITED, "communication administratively prohibited"},
    {6, 1, 2, 4443, LABEL_OTHER_UNREACHABLE, "beyond scope of source address"},
    {6, 1, 3, 4443, LABEL_HOST_UNREACHABLE, "address unreachable"},
    {6, 1, 4, 4443, LABEL_PORT_UNREACHABLE, "port unreachable"},
    {6, 1, 5, 4443, LABEL_PROHIBITED, "source address failed ingress/egress policy"},
    {6, 1, 6, 4443, LABEL_NET_UNREACHABLE, "reject route to destination"},
    {6, 1, 7, 6550, LABEL_OTHER_UNREACHABLE, "error in source routing header"},
    {6, 1, 8, 8883, LABEL_PACKET_TOO_BIG, "headers too long"},
    {6, 1, ANY, 0, LABEL_OTHER_UNREACHABLE, "destination unreachable"},
    {6, 2, ANY, 4443, LABEL_PACKET_TOO_BIG, "packet too big"},
    {6, 3, 0, 4443, LABEL_TTL_EXCEEDED, "hop limit exceeded in transit"},
    {6, 3, 1, 4443, LABEL_REASSEMBLY_EXCEEDED, "fragment reassembly time exceeded"},
    {6, 3, ANY, 0, LABEL_TTL_EXCEEDED, "time exceeded"},
    {6, 4, 0, 4443, LABEL_PARAMETER_PROBLEM, "parameter problem: erroneous header field"},
    {6, 4, 1, 4443, LABEL_PARAMETER_PROBLEM, "parameter problem: unrecognized next header"},
    {6, 4, 2, 4443, LABEL_PARAMETER_PROBLEM, "parameter problem: unrecognized IPv6 option"},
    {6, 4, 3, 7112, LABEL_PARAMETER_PROBLEM, "parameter problem: incomplete header chain"},
    {6, 4, 4, 8754, LABEL_PARAMETER_PROBLEM,
	"parameter problem: error in segment routing upper-layer header"},
    {6, 4, 5, 8883, LABEL_PARAMETER_PROBLEM,
	"parameter problem: next header not known to an intermediate node"},
    {6, 4, 6, 8883, LABEL_PARAMETER_PROBLEM, "parameter problem: extension header too big"},
    {6, 4, 7, 8883, LABEL_PARAMETER_PROBLEM, "parameter problem: extension header chain too long"},
    {6, 4, 8, 8883, LABEL_PARAMETER_PROBLEM, "parameter problem: too many extension headers"},
    {6, 4, 9, 8883, LABEL_PARAMETER_PROBLEM,
	"parameter problem: too many options in an extension header"},
    {6, 4, 10, 8883, LABEL_PARAMETER_PROBLEM, "parameter problem: option too big"},
    {6, 4, ANY, 0, LABEL_PARAMETER_PROBLEM, "parameter problem"},
    {6, 137, ANY, 4861, LABEL_OTHER_ICMP, "redirect"},
};

static const struct row *
find(uint8_t family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].family == family && rows[i].type == type &&
		    (rows[i].code == code || rows[i].code == ANY))
			return &rows[i];
	}
	return NULL;
}

const char *
icmp_error_text(uint8_t family, uint8_t type, uint8_t code)
{
	const struct row *row = find(family, type, code);

	return row != NULL ? row->text : "unknown ICMP error";
}

enum cause_label
icmp_error_label(uint8_t family, uint8_t type, uint8_t code)
{
	const struct row *row = find(family, type, code);

	return row != NULL ? (enum cause_label)row->label : LABEL_OTHER_ICMP;
}

uint16_t
icmp_error_rfc(uint8_t family, uint8_t type, uint8_t code)
{
	const struct row *row = find(family, type, code);

	return row != NULL ? row->rfc : 0;
}

enum icmp_error_type
icmp_error_type(uint8_t family, uint8_t type)
{
	static const struct {
		uint8_t family, type, is;
	} types[] = {
	    {4, 3, ICMP_TYPE_UNREACHABLE},
	    {4, 4, ICMP_TYPE_QUENCH},
	    {4, 5, ICMP_TYPE_REDIRECT},
	    {4, 11, ICMP_TYPE_EXCEEDED},
	    {4, 12, ICMP_TYPE_PARAMETER},
	    {6, 1, ICMP_TYPE_UNREACHABLE},
	    {6, 2, ICMP_TYPE_TOO_BIG},
	    {6, 3, ICMP_TYPE_EXCEEDED},
	    {6, 4, ICMP_TYPE_PARAMETER},
	    {6, 137, ICMP_TYPE_REDIRECT},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].family == family && types[i].type == type)
			return (enum icmp_error_type)types[i].is;
	}
	return ICMP_TYPE_OTHER;
}

const char *
icmp_error_type_text(enum icmp_error_type type)
{
	static const char *const texts[ICMP_TYPE_COUNT] = {
#define X(name, text) [ICMP_TYPE_##name] = (text),
	    ICMP_ERROR_TYPES(X)
#undef X
	};
	return (unsigned)type < ICMP_TYPE_COUNT ? texts[type] : "?";
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
