// SPDX-License-Identifier: GPL-2.0-or-later
#include "steps.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../common/number.h"

/* A number in a step: its name for people, where it goes, what it may be. */
struct number {
	const char *name;
	size_t field;
	long long low, high;
	/* 1, 2, 4 or 8: what KVM takes for threads to a virtual core; and how cores are split. */
	bool power_of_two;
	/* What it is where it is left out; 0: it may not be. */
	long long otherwise;
};

#define FIELD(name) offsetof(struct step, name)
#define THREADS { "THREADS", FIELD(threads), 1, 8, true, 0 }
#define COUNT { "COUNT", FIELD(count), 1, 1000000000000000, false, 0 }

static const struct form {
	const char *name;
	enum step_kind kind;
	const char *words;
	struct number numbers[6];
} forms[] = {
	{ "subcores", STEP_SUBCORES, "COUNT", { { "COUNT", FIELD(subcores), 1, 4, true, 0 } } },
	{ "online", STEP_ONLINE, "all|primary", { { 0 } } },
	{ "work", STEP_WORK, "COUNT", { COUNT } },
	{ "busy", STEP_BUSY, "COUNT[:MICROSECONDS]", {
		COUNT, { "MICROSECONDS", FIELD(timer_us), 50, 1000000, false, STEP_NO_TIMER } } },
	{ "counter", STEP_COUNTER, "THREADS:COUNT", { THREADS, COUNT } },
	{ "guest", STEP_GUEST, "THREADS:MB:COUNT[:GUESTS[:POWER]]", {
		THREADS, { "MB", FIELD(memory_mb), 64, 1 << 20, false, 0 }, COUNT,
		{ "GUESTS", FIELD(guests), 1, 8, false, 1 },
		{ "POWER", FIELD(power), 7, 8, false, 8 } } },
	{ "chaos", STEP_CHAOS, "SEED:ACTS[:DEVICE[:SECONDS]]", {
		{ "SEED", FIELD(seed), 0, INT64_MAX, false, 0 }, { "ACTS", FIELD(acts), 1, 1000000, false, 0 },
		{ "DEVICE", FIELD(device_share), 1, 90, false, 8 },
		{ "SECONDS", FIELD(seconds), 1, 1000000, false, STEP_AT_ONCE } } },
	{ "exec", STEP_EXEC, "PATH[:ARGUMENT...]", { { 0 } } },
	{ "idle", STEP_IDLE, "SECONDS", { { "SECONDS", FIELD(seconds), 1, 1000000, false, 0 } } },
};

#define FORMS (sizeof(forms) / sizeof(*forms))

__attribute__((format(printf, 3, 4)))
static bool wrong(struct step_error *error, const struct step *step, const char *format, ...)
{
	int size = snprintf(error->text, sizeof(error->text), "step '%s': ", step->text);
	va_list values;

	va_start(values, format);
	vsnprintf(error->text + size, sizeof(error->text) - size, format, values);
	va_end(values);
	return false;
}

static bool parse_number(const struct number *number, const char *word, struct step *step, struct step_error *error)
{
	long long *field = (long long *)((char *)step + number->field);

	if (!word || !*word) {
		*field = number->otherwise;
		return *field || wrong(error, step, "%s is missing", number->name);
	}
	if (!number_parse(word, number->low, number->high, field))
		return wrong(error, step, "%s must be a number from %lld to %lld, not '%s'",
			     number->name, number->low, number->high, word);
	if (number->power_of_two && *field & (*field - 1))
		return wrong(error, step, "%s must be a power of two, not '%s'", number->name, word);
	return true;
}

static bool parse_arguments(const struct form *form, struct step *step, struct step_error *error)
{
	char **word = step->arguments;

	if (form->kind == STEP_EXEC)
		return (*word && **word == '/') || wrong(error, step, "PATH must begin with '/'");
	if (form->kind == STEP_ONLINE) {
		step->all = *word && !strcmp(*word, "all");
		if (!step->all && (!*word || strcmp(*word, "primary")))
			return wrong(error, step, "must be online:all or online:primary");
		word++;
	}
	for (const struct number *number = form->numbers; number->name; number++) {
		if (!parse_number(number, *word, step, error))
			return false;
		if (*word)
			word++;
	}
	return !*word || wrong(error, step, "too many words, must be %s:%s", form->name, form->words);
}

static bool split(struct step *step, char **name, struct step_error *error)
{
	char *rest = step->words, *word;
	int count = 0;

	strcpy(step->words, step->text);
	*name = strsep(&rest, ":");
	while ((word = strsep(&rest, ":"))) {
		if (count == STEP_WORDS_MAX)
			return wrong(error, step, "more than %d words", STEP_WORDS_MAX);
		step->arguments[count++] = word;
	}
	return true;
}

static bool parse(struct step *step, struct step_error *error)
{
	char *name;

	if (!split(step, &name, error))
		return false;
	for (size_t i = 0; i < FORMS; i++) {
		if (strcmp(forms[i].name, name))
			continue;
		step->kind = forms[i].kind;
		return parse_arguments(&forms[i], step, error);
	}
	return wrong(error, step, "no such step; there are subcores, online, work, busy, counter, guest, chaos, exec and idle");
}

int steps_parse(const char *list, struct step steps[STEPS_MAX], struct step_error *error)
{
	int count = 0;

	if (!*list)
		return 0;
	do {
		size_t size = strcspn(list, ",");

		if (count == STEPS_MAX) {
			snprintf(error->text, sizeof(error->text), "more than %d steps", STEPS_MAX);
			return -1;
		}
		memset(&steps[count], 0, sizeof(*steps));
		snprintf(steps[count].text, sizeof(steps->text), "%.*s", (int)size, list);
		if (!parse(&steps[count++], error))
			return -1;
		list += size;
	} while (*list++);
	return count;
}
