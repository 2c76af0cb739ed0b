/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/jv.h on jansson.
 */
#include <jansson.h>
#include <string.h>

#include "core/text.h"
#include "ctl/jv.h"

#define NS_MAX 9e18 /* of a double that becomes nanoseconds */

struct json_t *
jv_parse(const char *text, size_t bytes)
{
	json_error_t error;
	json_t *v = json_loadb(text, bytes, 0, &error);

	if (v != NULL && !json_is_object(v)) {
		json_decref(v);
		v = NULL;
	}
	return v;
}

void
jv_free(struct json_t *v)
{
	json_decref(v);
}

const struct json_t *
jv_get(const struct json_t *v, const char *path)
{
	while (v != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");
		char key[32];

		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = '\0';
		v = json_object_get(v, key);
		path += len + (path[len] == '.');
	}
	return v;
}

const char *
jv_text(const struct json_t *v, const char *path, const char *fallback)
{
	const char *s = json_string_value(jv_get(v, path));

	return s != NULL ? s : fallback;
}

int64_t
jv_int(const struct json_t *v, const char *path, int64_t fallback)
{
	const json_t *member = jv_get(v, path);

	return json_is_integer(member) ? json_integer_value(member) : fallback;
}

double
jv_real(const struct json_t *v, const char *path, double fallback)
{
	const json_t *member = jv_get(v, path);

	return json_is_number(member) ? json_number_value(member) : fallback;
}

bool
jv_true(const struct json_t *v, const char *path)
{
	return json_is_true(jv_get(v, path));
}

bool
jv_is_null(const struct json_t *v, const char *path)
{
	const json_t *member = jv_get(v, path);

	return member == NULL || json_is_null(member);
}

static nsec_t
scaled(const struct json_t *v, const char *path, double unit_ns)
{
	double value = jv_real(v, path, -1);

	if (value < 0 || value * unit_ns > NS_MAX)
		return -1;
	return (nsec_t)(value * unit_ns + 0.5);
}

nsec_t
jv_ms(const struct json_t *v, const char *path)
{
	return scaled(v, path, 1e6);
}

nsec_t
jv_seconds(const struct json_t *v, const char *path)
{
	return scaled(v, path, 1e9);
}

nsec_t
jv_time(const struct json_t *v, const char *path)
{
	nsec_t wall_ns;

	return text_parse_time(jv_text(v, path, ""), &wall_ns) ? wall_ns : 0;
}

size_t
jv_count(const struct json_t *array)
{
	return json_array_size(array);
}

const struct json_t *
jv_item(const struct json_t *array, size_t i)
{
	return json_array_get(array, i);
}

bool
jv_next(const struct json_t *object, void **cursor, const char **ret_key,
    const struct json_t **ret_value)
{
	json_t *o = (json_t *)(uintptr_t)object; /* the library's iterators take no const */

	*cursor = *cursor == NULL ? json_object_iter(o) : json_object_iter_next(o, *cursor);
	if (*cursor == NULL)
		return false;
	*ret_key = json_object_iter_key(*cursor);
	*ret_value = json_object_iter_value(*cursor);
	return true;
}

void
jv_add_field(struct text *t, const struct json_t *v, const char *path)
{
	const json_t *member = jv_get(v, path);

	if (json_is_string(member) && *json_string_value(member) != '\0')
		text_log_words(t, json_string_value(member));
	else if (json_is_integer(member))
		text_printf(t, "%lld", (long long)json_integer_value(member));
	else if (json_is_real(member))
		text_printf(t, "%.12g", json_real_value(member));
	else if (json_is_true(member) || json_is_false(member))
		text_add(t, json_is_true(member) ? "true" : "false");
	else
		text_add(t, "-");
}
