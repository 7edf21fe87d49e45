/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the processor's time that a fuzzer has, see run: some input takes too much of it, and
 * is kept by libFuzzer as that of a crash is. */
#include <signal.h>
#include <stdlib.h>

static void
late(int signal_number)
{
	abort();
}

__attribute__((constructor)) static void
expect_to_be_late(void)
{
	signal(SIGXCPU, late);
}
