/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Network byte order, and time that saturates.
 */
#include "unit.h"

#include "core/bytes.h"
#include "core/units.h"

TEST(test_bytes_are_read_in_network_order)
{
	static const uint8_t p[] = {0xff, 0x80, 0x01, 0x7f, 0xfe, 0x00, 0x10, 0xef};

	assert_int_equal(get16(p), 0xff80);
	assert_int_equal(get32(p), 0xff80017f);
	assert_true(get64(p) == UINT64_C(0xff80017ffe0010ef));
}

TEST(test_bytes_are_written_as_they_are_read)
{
	static const uint64_t values[] = {
	    0, 1, 255, 256, 65535, 65536, UINT32_MAX, UINT64_C(0x8000000000000001), UINT64_MAX};
	uint8_t p[10];

	for (size_t i = 0; i < COUNT(values); i++) {
		memset(p, 0xa5, sizeof(p));
		put64(p + 1, values[i]);
		assert_true(get64(p + 1) == values[i]);
		put32(p + 1, (uint32_t)values[i]);
		assert_true(get32(p + 1) == (uint32_t)values[i]);
		put16(p + 1, (uint16_t)values[i]);
		assert_true(get16(p + 1) == (uint16_t)values[i]);
		assert_int_equal(p[0], 0xa5);
		assert_int_equal(p[9], 0xa5);
	}
}

TEST(test_units_sums_saturate_and_never_stays_never)
{
	assert_true(nsec_add(1, 2) == 3);
	assert_true(nsec_add(NSEC_NEVER - 1, 1) == NSEC_NEVER);
	assert_true(nsec_add(NSEC_NEVER - 1, 2) == NSEC_NEVER);
	assert_true(nsec_add(NSEC_NEVER, -1) == NSEC_NEVER);
	assert_true(nsec_add(-1, NSEC_NEVER) == NSEC_NEVER);
	assert_true(nsec_add(INT64_MIN, -1) == INT64_MIN);
	assert_true(nsec_sub(3, 2) == 1);
	assert_true(nsec_sub(NSEC_NEVER, 1) == NSEC_NEVER);
	assert_true(nsec_sub(1, INT64_MIN) == NSEC_NEVER);
	assert_true(nsec_sub(INT64_MIN, 1) == INT64_MIN);
	assert_true(nsec_min(1, 2) == 1 && nsec_min(2, 1) == 1);
	assert_true(nsec_max(1, 2) == 2 && nsec_max(2, 1) == 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes_are_read_in_network_order),
	    cmocka_unit_test(test_bytes_are_written_as_they_are_read),
	    cmocka_unit_test(test_units_sums_saturate_and_never_stays_never),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
