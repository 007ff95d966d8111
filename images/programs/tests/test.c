// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what the agent and the VMM share and of what they parse; run by `tests/run` on the build machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../agent/busy_task.h"
#include "../agent/command_line.h"
#include "../agent/cpus.h"
#include "../agent/kernel_log.h"
#include "../agent/lines.h"
#include "../agent/random.h"
#include "../agent/secondaries.h"
#include "../agent/steps.h"
#include "../agent/tasks.h"
#include "../agent/vmms.h"
#include "../common/crc32.h"
#include "../common/frame.h"

#define CHECK(condition) check(condition, __LINE__, #condition)

static void check(bool holds, int line, const char *condition)
{
	if (holds)
		return;
	fprintf(stderr, "tests/test.c:%d: does not hold: %s\n", line, condition);
	exit(EXIT_FAILURE);
}

static void test_crc32(void)
{
	/* The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms. */
	CHECK(crc32("123456789", 9) == 0xcbf43926);
	CHECK(crc32("", 0) == 0);
}

static void test_frame(void)
{
	static struct frame frame;
	static char line[FRAME_LINE_MAX], text[3 * FRAME_TEXT_MAX];
	const int cpus[] = { 0, 8 };
	size_t size;

	frame_begin(&frame, "out", "host");
	frame_text(&frame, "line", "a\"b\\c\td\x7f\xc3\xa9");
	frame_numbers(&frame, "cpus", cpus, 2);
	frame_numbers(&frame, "none", NULL, 0);
	size = frame_end(&frame, line);
	CHECK(size == strlen(line) && line[size - 1] == '\n');
	CHECK(!strncmp(line, "@p8 {\"t\":\"out\",\"who\":\"host\",\"line\":\"a\\\"b\\\\c\\u0009d\\u007f\\u00c3\\u00a9\","
		       "\"cpus\":[0,8],\"none\":[]} ~", size - 9));

	line[size - 1] = 0;
	CHECK(frame_is_whole(line));
	line[20] ^= 1;
	CHECK(!frame_is_whole(line));
	CHECK(!frame_is_whole("@p8 "));
	CHECK(!frame_is_whole("@p8 ~00000000"));
	CHECK(!frame_is_whole("some text that is longer than a frame's frame"));

	/* Two texts at their longest, each byte escaped: the second is cut, the frame is still one. */
	memset(text, 1, sizeof(text) - 1);
	frame_begin(&frame, "out", "host");
	frame_text(&frame, "line", text);
	frame_text(&frame, "more", text);
	frame_number(&frame, "code", 1);
	line[frame_end(&frame, line) - 1] = 0;
	CHECK(frame_is_whole(line));
	CHECK(strstr(line, "\\u0001\"} ~"));
}

static void test_command_line(void)
{
	char value[COMMAND_LINE_MAX];

	CHECK(command_line_find("a=1 p8smt.role=guest0 xp8smt.role=b\n", "p8smt.role", value));
	CHECK(!strcmp(value, "guest0"));
	CHECK(command_line_find("role=1 role=2", "role", value) && !strcmp(value, "2"));
	CHECK(!command_line_find("p8smt.roles=x p8smt.role", "p8smt.role", value) && !*value);
}

static void test_steps(void)
{
	static struct step steps[STEPS_MAX];
	static struct step_error error;
	static const struct {
		const char *list, *error;
	} bad[] = {
		{ "work:1,", "step '': no such step" },
		{ "wrok:1", "step 'wrok:1': no such step" },
		{ "work", "COUNT is missing" },
		{ "work:", "COUNT is missing" },
		{ "work:-1", "COUNT must be a number from 1 to 1000000000000000, not '-1'" },
		{ "work:+1", "COUNT must be a number from 1 to 1000000000000000, not '+1'" },
		{ "work:1x", "not '1x'" },
		{ "work:1:2", "too many words, must be work:COUNT" },
		{ "busy", "COUNT is missing" },
		{ "busy:1:49", "MICROSECONDS must be a number from 50 to 1000000, not '49'" },
		{ "busy:1:50:2", "too many words, must be busy:COUNT[:MICROSECONDS]" },
		{ "chaos:1", "ACTS is missing" },
		{ "chaos:-1:5", "SEED must be a number from 0 to 9223372036854775807, not '-1'" },
		{ "chaos:1:5:91", "DEVICE must be a number from 1 to 90, not '91'" },
		{ "chaos:1:5:8:0", "SECONDS must be a number from 1 to 1000000, not '0'" },
		{ "chaos:1:0", "ACTS must be a number from 1 to 1000000, not '0'" },
		{ "counter:3:5", "THREADS must be a power of two, not '3'" },
		{ "guest:4:512:1:9", "GUESTS must be a number from 1 to 8, not '9'" },
		{ "guest:4:512:1:2:6", "POWER must be a number from 7 to 8, not '6'" },
		{ "subcores:3", "COUNT must be a power of two, not '3'" },
		{ "online:some", "must be online:all or online:primary" },
		{ "online", "must be online:all or online:primary" },
		{ "exec:sh", "PATH must begin with '/'" },
		{ "idle:99999999999999999999", "SECONDS must be" },
	};

	CHECK(steps_parse("", steps, &error) == 0);
	CHECK(steps_parse("online:primary,guest:4:512:20000,guest:1:256:7:2,exec:/bin/ls::-l", steps, &error) == 4);
	CHECK(steps[0].kind == STEP_ONLINE && !steps[0].all);
	CHECK(steps[1].kind == STEP_GUEST && steps[1].threads == 4 && steps[1].memory_mb == 512);
	CHECK(steps[1].count == 20000 && steps[1].guests == 1 && steps[2].guests == 2);
	CHECK(steps[1].power == 8);
	CHECK(steps_parse("subcores:4,guest:1:256:7:4:7", steps, &error) == 2);
	CHECK(steps[0].kind == STEP_SUBCORES && steps[0].subcores == 4 && steps[1].power == 7);
	CHECK(steps_parse("online:all,busy:10000", steps, &error) == 2);
	CHECK(steps[1].kind == STEP_BUSY && steps[1].count == 10000 && steps[1].timer_us == STEP_NO_TIMER);
	CHECK(steps_parse("busy:10000:500", steps, &error) == 1 && steps[0].timer_us == 500);
	CHECK(steps_parse("chaos:0:40,chaos:0:40:50:9", steps, &error) == 2 && steps[0].kind == STEP_CHAOS);
	CHECK(steps[0].device_share == 8 && steps[1].device_share == 50);
	CHECK(steps[0].seed == 0 && steps[0].acts == 40);
	CHECK(steps_parse("chaos:0:40::9", steps, &error) == 1 && steps[0].device_share == 8 && steps[0].seconds == 9);
	CHECK(steps_parse("online:primary,guest:4:512:20000,guest:1:256:7:2,exec:/bin/ls::-l", steps, &error) == 4);
	CHECK(!strcmp(steps[1].text, "guest:4:512:20000"));
	CHECK(!strcmp(steps[3].arguments[0], "/bin/ls") && !strcmp(steps[3].arguments[1], ""));
	CHECK(!strcmp(steps[3].arguments[2], "-l") && !steps[3].arguments[3]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK(steps_parse(bad[i].list, steps, &error) == -1);
		CHECK(strstr(error.text, bad[i].error));
	}
}

static char seen[2 * FRAME_LINE_MAX];

static void see(void *context, const char *line)
{
	(void)context;
	strcat(strcat(seen, line), "|");
}

static void test_lines(void)
{
	static struct lines lines = { .line = see };
	static char text[FRAME_LINE_MAX];

	lines_feed(&lines, "on", 2);
	lines_feed(&lines, "e\r\n\n\0two", 8);
	CHECK(!strcmp(seen, "one||"));
	lines_end(&lines);
	lines_end(&lines);
	CHECK(!strcmp(seen, "one||two|"));

	*seen = 0;
	memset(text, 'x', sizeof(text));
	lines_feed(&lines, text, sizeof(text));
	lines_end(&lines);
	CHECK(strlen(seen) == sizeof(text) + 2 && !strcmp(seen + sizeof(text) - 1, "|x|"));
}

static void test_cpus(void)
{
	static struct cpus cpus;

	CHECK(cpus_parse("0-2,8\n", &cpus) && cpus.count == 4 && cpus.list[2] == 2 && cpus.list[3] == 8);
	CHECK(cpus_parse("\n", &cpus) && cpus.count == 0);
	CHECK(!cpus_parse("3-1", &cpus) && !cpus_parse("0-", &cpus) && !cpus_parse("x", &cpus));
	CHECK(!cpus_parse("0,0", &cpus) && !cpus_parse("0-1024", &cpus));
}

static void test_kernel_message(void)
{
	char record[] = "12,7,99,-;two; words\n SUBSYSTEM=x\n";
	char none[] = "no record";
	struct kernel_message message;

	CHECK(kernel_message_parse(record, &message));
	CHECK(message.level == 4 && !strcmp(message.line, "two; words"));
	CHECK(!kernel_message_parse(none, &message));
}

static void test_random(void)
{
	struct random random;
	int counts[3] = { 0 };

	/* The first outputs of SplitMix64 for this seed, of which the upper halves count: Rosetta Code, "Pseudo-random numbers". */
	random_seed(&random, 1234567);
	CHECK(random_below(&random, 1 << 30) == 6457827717110365317ULL >> 34);
	CHECK(random_below(&random, 1 << 30) == 3203168211198807973ULL >> 34);
	for (int i = 0; i < 3000; i++)
		counts[random_below(&random, 3)]++;
	for (int i = 0; i < 3; i++)
		CHECK(counts[i] > 900 && counts[i] < 1100);
	CHECK(!random_chance(&random, 0) && random_chance(&random, 100));
}

static void test_secondaries(void)
{
	static struct secondaries secondaries;
	const char *page = "cpu cedes returns away_ns longest_ns\n1 5 5 900 300\n2 7 6 0 0\n";

	CHECK(secondaries_parse(page, &secondaries) && secondaries.count == 2);
	CHECK(secondaries.list[1].cpu == 2 && secondaries.list[1].cedes == 7 && secondaries.list[1].returns == 6);
	CHECK(secondaries_parse("cpu cedes returns away_ns\n", &secondaries) && !secondaries.count);
	CHECK(!secondaries_parse("cpu cedes returns away_ns longest_ns\n1 5 5 900 300\n2 7", &secondaries));
	CHECK(!secondaries_parse("cpu returns cedes\n1 5 5\n", &secondaries));
	CHECK(!secondaries_parse("", &secondaries));
}

static void test_confinement(void)
{
	static struct cpus cpus;

	CHECK(tasks_confinement_parse("Cpus_allowed_list:\t0-7\nCpus_system_list:\t0,8\nMems_allowed:\t1\n", &cpus));
	CHECK(cpus.count == 2 && cpus.list[1] == 8);
	CHECK(!tasks_confinement_parse("Cpus_allowed_list:\t0-7\n", &cpus));
}

static void test_exiting(void)
{
	CHECK(tasks_exiting_parse("93 (p8vmm) R 70 1 0 0 -1 4194308 12 0 0 0 7\n"));
	CHECK(!tasks_exiting_parse("93 (p8vmm) R 70 1 0 0 -1 4194304 12 0 0 0 7\n"));
	CHECK(tasks_exiting_parse("93 (a) R 1 (b) D 70 1 0 0 -1 4 12 0 0 0 7\n"));
	CHECK(!tasks_exiting_parse("93 (p8vmm) R 70 1 0 0 -1"));
	CHECK(!tasks_exiting_parse(""));
}

static void test_places(void)
{
	uint64_t place = busy_place(70000, 15);

	CHECK(busy_place_changes(place) == 70000 && busy_place_cpu(place) == 15);
	CHECK(busy_place_cpu(busy_place(3, -1)) == -1 && busy_place_changes(busy_place(3, -1)) == 3);
}

static void test_ends_of_guests(void)
{
	const struct vmm running = { .threads = 4 };
	struct vmm vmm = running;
	const char *why;

	vmm.right = 4;
	CHECK(vmm_ended_well(&vmm, &why) && !*why);
	vmm.right = 3;
	CHECK(!vmm_ended_well(&vmm, &why));
	vmm.killed = true;
	CHECK(!vmm_ended_well(&vmm, &why));
	vmm.child.code = 128 + 9;
	CHECK(vmm_ended_well(&vmm, &why) && !strcmp(why, "killed"));
	vmm.killed = false;
	CHECK(!vmm_ended_well(&vmm, &why));

	vmm = running;
	vmm.child.code = 1;
	vmm.right = 1;
	vmm.busy = 3;
	CHECK(!vmm_ended_well(&vmm, &why));
	vmm.may_be_invalid = true;
	CHECK(!vmm_ended_well(&vmm, &why));
	vmm.may_be_busy = true;
	CHECK(vmm_ended_well(&vmm, &why) && !strcmp(why, "refused"));
	/* One of which nothing was heard. */
	vmm.busy = 2;
	CHECK(!vmm_ended_well(&vmm, &why));
}

int main(void)
{
	test_crc32();
	test_frame();
	test_command_line();
	test_steps();
	test_lines();
	test_cpus();
	test_kernel_message();
	test_random();
	test_secondaries();
	test_confinement();
	test_exiting();
	test_places();
	test_ends_of_guests();
	return EXIT_SUCCESS;
}
