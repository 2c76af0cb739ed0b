/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Parsing. All words are sorted into options and operands first; what fits together is judged at
 * the end, so that options may stand anywhere.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "core/text.h"
#include "ctl/args.h"
#include "ctl/state.h"
#include "ctl/suggest.h"

#define PATH_BYTES_MAX 107 /* what sockaddr_un holds before its NUL */
#define NAME_BYTES_MAX 111 /* "NAME:ADDRESS" of a series */
#define WHY_BYTES_MAX 120 /* what the daemon keeps of a reason */

static const struct {
	const char *word;
	char letter;
	enum args_kind kind;
} options[] = {
#define X(name, word, letter, kind, value, help) [OPTION_##name] = {(word), (letter), (kind)},
    ARGS_OPTIONS(X)
#undef X
};

/* A parse under way: the words, and the place for its first error. */
struct parse {
	int argc, at;
	char *const *argv;
	struct args *args;
	const char *command;
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool
wrong(char *error, const char *format, ...)
{
	char sentence[ARGS_ERROR_BYTES];
	struct text t;
	va_list list;

	va_start(list, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, list);
	va_end(list);
	text_init(&t, error, ARGS_ERROR_BYTES);
	text_log_words(&t, sentence);
	return false;
}

static bool
is_name(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= NAME_BYTES_MAX &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-%") ==
		   len;
}

static bool
parse_count(const char *s, unsigned *ret)
{
	size_t len = strlen(s);
	unsigned long value;

	if (len == 0 || len > 9 || strspn(s, "0123456789") != len)
		return false;
	value = strtoul(s, NULL, 10);
	if (value < 1 || value > ARGS_COUNT_MAX)
		return false;
	*ret = (unsigned)value;
	return true;
}

static bool
is_since(const char *s)
{
	size_t len = strlen(s);
	nsec_t ns;

	if (len > 0 && len <= 18 && strspn(s, "0123456789") == len)
		return true;
	return text_parse_time(s, &ns) || duration_parse(*s == '-' ? s + 1 : s, &ns);
}

/* One state, or several separated by commas. */
static bool
check_state(const char *word, const char *value, char *error)
{
	const char *rest = value;
	enum state state;

	do {
		size_t len = strcspn(rest, ",");

		if (!state_find(rest, len, &state))
			return wrong(error,
			    "%s takes up, degraded, down, unknown or paused, not \"%s\"", word,
			    value);
		rest += len;
	} while (*rest++ == ',');
	return true;
}

static bool
check_value(enum option option, const char *value, char *error)
{
	char word[32];
	unsigned count;
	nsec_t ns;

	(void)snprintf(word, sizeof(word), "--%s", options[option].word);
	switch (options[option].kind) {
	case ARGS_FLAG:
		return true;
	case ARGS_TEXT:
		return strlen(value) <= WHY_BYTES_MAX ||
		       wrong(error, "%s takes at most %d bytes", word, WHY_BYTES_MAX);
	case ARGS_PATH:
		return (*value != '\0' && strlen(value) <= PATH_BYTES_MAX) ||
		       wrong(error, "%s takes the path of a socket, at most %d bytes", word,
			   PATH_BYTES_MAX);
	case ARGS_NAME:
		return is_name(value) ||
		       wrong(error, "%s takes a name of letters, digits, . _ : and -, not \"%s\"",
			   word, value);
	case ARGS_DURATION:
		return (duration_parse(value, &ns) && ns > 0) ||
		       wrong(error, "%s takes a duration such as 90s, 5m or 2h, not \"%s\"", word,
			   value);
	case ARGS_COUNT:
		return parse_count(value, &count) ||
		       wrong(error, "%s takes a whole number from 1 to %d, not \"%s\"", word,
			   ARGS_COUNT_MAX, value);
	case ARGS_STATE:
		return check_state(word, value, error);
	case ARGS_SINCE:
		return is_since(value) ||
		       wrong(error,
			   "%s takes an event's number, a duration ago such as 10m, or a time such "
			   "as 2026-11-23T10:41:07Z, not \"%s\"",
			   word, value);
	default:
		return true;
	}
}

/* A value stands in the same word (given) or is the next one. */
static bool
take(struct parse *p, enum option option, const char *shown, const char *given)
{
	const char *value = given;

	if (options[option].kind == ARGS_FLAG) {
		if (given != NULL)
			return wrong(p->error, "%s takes no value", shown);
		value = "";
	} else if (value == NULL) {
		if (p->at + 1 >= p->argc)
			return wrong(p->error, "%s needs a value", shown);
		value = p->argv[++p->at];
	}
	p->args->values[option] = value;
	return check_value(option, value, p->error);
}

static bool
parse_long(struct parse *p, const char *word)
{
	const char *value = strchr(word, '=');
	size_t len = value != NULL ? (size_t)(value - word) : strlen(word);
	struct suggest nearest;
	char name[64], words[SUGGEST_WORD_MAX];

	for (int o = 0; o < OPTION_COUNT; o++) {
		if (strlen(options[o].word) != len || memcmp(options[o].word, word, len) != 0)
			continue;
		(void)snprintf(name, sizeof(name), "--%s", options[o].word);
		return take(p, (enum option)o, name, value != NULL ? value + 1 : NULL);
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, word);
	suggest_init(&nearest, name);
	for (int o = 0; o < OPTION_COUNT; o++)
		suggest_offer(&nearest, options[o].word);
	if (nearest.n > 1)
		nearest.n = 1;
	return nearest.n == 0 ? wrong(p->error, "unknown option --%s", name)
			      : wrong(p->error, "unknown option --%s: did you mean --%s?", name,
				    suggest_words(&nearest, words, sizeof(words)));
}

static bool
parse_letters(struct parse *p, const char *letters)
{
	for (; *letters != '\0'; letters++) {
		char shown[3] = {'-', *letters, '\0'};
		int o = 0;

		while (o < OPTION_COUNT && options[o].letter != *letters)
			o++;
		if (o == OPTION_COUNT)
			return wrong(p->error, "unknown option %s", shown);
		if (options[o].kind != ARGS_FLAG)
			return take(
			    p, (enum option)o, shown, letters[1] != '\0' ? letters + 1 : NULL);
		p->args->values[o] = "";
	}
	return true;
}

static bool
parse_operand(struct parse *p, const char *word)
{
	if (p->command == NULL)
		p->command = word;
	else if (p->args->operand == NULL && *word != '\0')
		p->args->operand = word;
	else
		return wrong(p->error,
		    *word == '\0' ? "empty argument%s" : "one argument too many: %s", word);
	return true;
}

static bool
parse_words(struct parse *p)
{
	bool only_operands = false;

	for (p->at = 1; p->at < p->argc; p->at++) {
		const char *word = p->argv[p->at];
		bool good;

		if (only_operands || word[0] != '-' || word[1] == '\0')
			good = parse_operand(p, word);
		else if (strcmp(word, "--") == 0)
			good = only_operands = true;
		else if (word[1] == '-')
			good = parse_long(p, word + 2);
		else
			good = parse_letters(p, word + 1);
		if (!good)
			return false;
	}
	return true;
}

static bool
check_together(const struct args *args, char *error)
{
	const struct command *command = args->command;

	for (int o = 0; o < OPTION_COUNT; o++) {
		if (args->values[o] != NULL &&
		    !((command->options | OPTIONS_OF_ALL) & OPTION_BIT(o)))
			return wrong(error, "%s has no option --%s: see icmpctl %s --help",
			    command->name, options[o].word, command->name);
	}
	if (args_has(args, OPTION_JSON) && args_has(args, OPTION_PLAIN))
		return wrong(error, "--json or --plain, not both");
	if (args_has(args, OPTION_SOCKET) && args_has(args, OPTION_INSTANCE))
		return wrong(error, "--socket or --instance, not both");
	if (args_has(args, OPTION_HELP) || args_has(args, OPTION_VERSION))
		return true;
	if (args->operand != NULL && *command->operand == '\0')
		return wrong(error, "%s takes no argument: %s (see icmpctl %s --help)",
		    command->name, args->operand, command->name);
	if (args->operand == NULL && command->operand_needed)
		return wrong(
		    error, "which target? usage: icmpctl %s %s", command->name, command->operand);
	return true;
}

const struct command *
args_find_command(
    const struct commands *commands, const char *name, char error[static ARGS_ERROR_BYTES])
{
	char words[SUGGEST_WORD_MAX * SUGGEST_NEAREST_MAX];
	struct suggest nearest;

	suggest_init(&nearest, name);
	for (size_t i = 0; i < commands->n; i++) {
		if (strcmp(commands->table[i]->name, name) == 0)
			return commands->table[i];
		suggest_offer(&nearest, commands->table[i]->name);
	}
	if (nearest.n > 0)
		(void)wrong(error, "unknown command \"%s\": did you mean %s?", name,
		    suggest_words(&nearest, words, sizeof(words)));
	else
		(void)wrong(error, "unknown command \"%s\": see icmpctl --help", name);
	return NULL;
}

bool
args_parse(int argc, char *const argv[], const struct commands *commands, struct args *ret,
    char error[static ARGS_ERROR_BYTES])
{
	struct parse p = {.argc = argc, .argv = argv, .args = ret, .error = error};

	memset(ret, 0, sizeof(*ret));
	if (!parse_words(&p))
		return false;
	ret->command_given = p.command != NULL;
	ret->command =
	    p.command == NULL ? commands->table[0] : args_find_command(commands, p.command, error);
	return ret->command != NULL && check_together(ret, error);
}

bool
args_has(const struct args *args, enum option option)
{
	return args->values[option] != NULL;
}

nsec_t
args_duration(const struct args *args, enum option option, nsec_t fallback_ns)
{
	nsec_t ns;

	return args->values[option] != NULL && duration_parse(args->values[option], &ns)
		   ? ns
		   : fallback_ns;
}

unsigned
args_count(const struct args *args, enum option option, unsigned fallback)
{
	unsigned count;

	return args->values[option] != NULL && parse_count(args->values[option], &count) ? count
											 : fallback;
}
