/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The text for -T, between the files that write it. A part of the configuration module.
 */
#ifndef ICMPMON_SHELL_CONFIG_PRINT_H
#define ICMPMON_SHELL_CONFIG_PRINT_H

#include "shell/config_internal.h"

/* Appends to the print. */
void config_put(struct config *c, const char *text);
__attribute__((format(printf, 2, 3))) void config_putf(struct config *c, const char *format, ...);
/* As a text of libconfig. */
void config_put_quoted(struct config *c, const char *text);
/* "prefix name = value; # place" */
void config_put_setting(struct config *c, const char *prefix, const struct config_value *v);
void config_put_labels(
    struct config *c, const char *prefix, const struct config_label *const labels[], uint32_t n);

#endif
