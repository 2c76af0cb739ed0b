/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The tokens of a configuration file and of what it includes, each copied into one expanded text
 * as it is read (comments are left out), with a map from its lines to the files' lines. A part of
 * the configuration module. It refuses to know what the tokens mean.
 */
#ifndef ICMPMON_SHELL_CONFIG_LEX_H
#define ICMPMON_SHELL_CONFIG_LEX_H

#include "shell/config_internal.h"

enum config_token_kind {
	CONFIG_TOKEN_END,
	CONFIG_TOKEN_WORD, /* anything up to a blank or one of the characters below */
	CONFIG_TOKEN_TEXT, /* in quotation marks */
	CONFIG_TOKEN_EQUALS,
	CONFIG_TOKEN_SEMICOLON,
	CONFIG_TOKEN_COMMA,
	CONFIG_TOKEN_BRACE_OPEN,
	CONFIG_TOKEN_BRACE_CLOSE,
	CONFIG_TOKEN_BRACKET_OPEN,
	CONFIG_TOKEN_BRACKET_CLOSE,
	CONFIG_TOKEN_PAREN_OPEN,
	CONFIG_TOKEN_PAREN_CLOSE
};

struct config_token {
	enum config_token_kind kind;
	bool bad; /* a text that is not closed, or has a wrong escape: was reported */
	uint32_t start, end; /* in the expanded text */
	struct config_place at;
};

struct config_source {
	char *text;
	size_t len, next;
	struct config_place at; /* of the byte text[next] */
};

struct config_lexer {
	struct config *c;
	struct config_source stack[CONFIG_INCLUDE_DEPTH_MAX + 1]; /* a file and its includes */
	uint32_t depth; /* files open; the last is read from */
	uint32_t line; /* of the expanded text, from 1 */
	struct config_token token; /* the present one */
	bool unclosed; /* a text ended with its line only: was reported */
	bool fatal; /* the rest of the text makes no sense any more: was reported */
};

/* Begins with a file's text, which is taken over. */
void config_lexer_init(
    struct config_lexer *l, struct config *c, uint16_t file, char *text, size_t len);
void config_lexer_done(struct config_lexer *l);

/* Goes on to the next token. name: a name may stand here, so ':' is a token like '='. */
void config_lexer_next(struct config_lexer *l, bool name);

/* Takes a piece out of the expanded text; its lines stay. */
void config_lexer_blank(struct config_lexer *l, uint32_t start, uint32_t end);

/* What a value is. */
enum config_kind {
	CONFIG_KIND_NONE,
	CONFIG_KIND_TEXT,
	CONFIG_KIND_NESTED,
	CONFIG_KIND_SWITCH,
	CONFIG_KIND_INTEGER,
	CONFIG_KIND_LONG, /* an integer of more than 32 bits */
	CONFIG_KIND_FLOAT,
	CONFIG_KIND_HUGE, /* an integer of more than 64 bits */
	CONFIG_KIND_ZEROS, /* one that begins with 0: ten or eight, who knows */
	CONFIG_KIND_OTHER /* a word that is nothing of that */
};

/* The kind of an unquoted word. */
enum config_kind config_word_kind(const char *word);

#endif
