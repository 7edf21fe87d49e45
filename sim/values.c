/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What variables are at a moment, and what functions do to them. A number that
 * wanders is a function of the seed, the device, the variable and the tick, so
 * nothing is stored for the many devices nobody has touched; what a function
 * has set (or added, for a number that wanders) stands in device->values.
 */
#include "fleet.h"

#include <math.h>
#include <string.h>

static double
noise_at(guint64 key, gint64 step)
{
	return (double)(sim_hash(key, (guint64)step) >> 11) / (double)(1ull << 53) * 2 - 1;
}

/* Smooth noise in -1…1 whose knots lie @period ticks apart. */
static double
noise(guint64 key, gint64 tick, int period)
{
	double at = (double)(tick % period) / period;
	double blend = at * at * (3 - 2 * at);
	gint64 step = tick / period;

	return noise_at(key, step) * (1 - blend) + noise_at(key, step + 1) * blend;
}

static double
wander(Sim *self, const SimDevice *device, const SimVariable *variable)
{
	guint64 key = sim_hash((guint64)self->options.seed, g_str_hash(device->id));
	gint64 tick = sim_tick(self);

	key = sim_hash(key, g_str_hash(variable->name));
	return variable->base +
	       variable->reach * (0.6 * noise(key, tick, 61) + 0.3 * noise(key + 1, tick, 13) +
				  0.1 * noise(key + 2, tick, 2));
}

static const SimVariable *
profile_variable(const SimDevice *device, const char *name)
{
	const SimVariable *variable = device->profile ? device->profile->variables : NULL;

	for (int i = 0; variable && i < 6 && variable[i].name; i++)
		if (strcmp(variable[i].name, name) == 0)
			return &variable[i];
	return NULL;
}

static double
number_given(const SimDevice *device, const char *key)
{
	return json_number_value(json_object_get(device->values, key));
}

/* The nearest that a device can hold. */
static int
int32_of(double number)
{
	return (int)CLAMP(number, G_MININT32, G_MAXINT32);
}

/*
 * sim_device_variable:
 *
 * Returns: (transfer full): the value now, or NULL when the device has no such variable
 */
json_t *
sim_device_variable(Sim *self, const SimDevice *device, const char *name)
{
	const SimVariable *variable = profile_variable(device, name);
	json_t *set = json_object_get(device->values, name);
	g_autofree char *shift = g_strconcat("+", name, NULL);

	if (*name == '+' || (!variable && !set))
		return NULL;
	if (set)
		return json_incref(set);
	switch (variable->motion) {
	case SIM_WALK:
		return json_real(
		    round((wander(self, device, variable) + number_given(device, shift)) * 100) /
		    100);
	case SIM_LEVEL:
		return json_integer(
		    int32_of(wander(self, device, variable) + number_given(device, shift)));
	case SIM_COUNTER:
		return json_integer((json_int_t)variable->base + device->index + sim_tick(self));
	case SIM_SWITCH:
		return json_boolean(variable->base != 0);
	case SIM_TALLY:
		return json_integer((json_int_t)variable->base);
	case SIM_TEXT:
		return json_string(variable->text);
	}
	return NULL;
}

/* The first variable as text, without a JSON value between: for high event rates. */
void
sim_device_reading(Sim *self, const SimDevice *device, char *out, gsize size)
{
	const SimVariable *variable = &device->profile->variables[0];
	g_autoptr(json_t) value = NULL;

	if (!device->values && variable->motion == SIM_WALK) {
		int hundredths = (int)(wander(self, device, variable) * 100);

		g_snprintf(out, size, "%d.%02d", hundredths / 100, ABS(hundredths) % 100);
		return;
	}
	value = sim_device_variable(self, device, variable->name);
	if (json_is_real(value))
		g_snprintf(out, size, "%.2f", json_real_value(value));
	else if (json_is_integer(value))
		g_snprintf(out, size, "%d", (int)json_integer_value(value));
	else
		g_strlcpy(out, json_is_true(value) ? "true" : "false", size);
}

static const SimFunction *
profile_function(const SimDevice *device, const char *name)
{
	const SimFunction *function = device->profile ? device->profile->functions : NULL;

	for (int i = 0; function && i < 5 && function[i].name; i++)
		if (strcmp(function[i].name, name) == 0)
			return &function[i];
	return NULL;
}

gboolean
sim_device_has_function(const SimDevice *device, const char *name)
{
	json_t *item;
	size_t i;

	if (!device->functions)
		return profile_function(device, name) != NULL;
	json_array_foreach(device->functions, i,
			   item) if (g_strcmp0(json_string_value(item), name) == 0) return TRUE;
	return FALSE;
}

static int
word_index(const char *words, const char *word)
{
	g_auto(GStrv) list = g_strsplit(words, "|", -1);

	for (int i = 0; list[i]; i++)
		if (g_ascii_strcasecmp(list[i], word) == 0)
			return i;
	return -1;
}

static int
act_switch(Sim *self, SimDevice *device, const SimFunction *function, const char *argument)
{
	static const char *const words[] = {
		"off", "on", "0", "1", "false", "true", "low", "high"
	};
	int state = -1;

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(argument, words[i]) == 0)
			state = i % 2;
	if (strcmp(argument, "toggle") == 0) {
		g_autoptr(json_t) now = sim_device_variable(self, device, function->variable);

		state = !json_is_true(now);
	}
	if (state >= 0)
		json_object_set_new(device->values, function->variable, json_boolean(state));
	return state;
}

static int
act_raise(Sim *self, SimDevice *device, const SimFunction *function, const char *argument)
{
	g_autofree char *shift = g_strconcat("+", function->variable, NULL);
	g_autoptr(json_t) now = NULL;
	char *end = NULL;
	double more = g_ascii_strtod(argument, &end);

	if (end == argument || *end || !isfinite(more))
		return -1;
	json_object_set_new(
	    device->values, shift,
	    json_real(CLAMP(number_given(device, shift) + more, G_MININT32, G_MAXINT32)));
	now = sim_device_variable(self, device, function->variable);
	return int32_of(json_number_value(now));
}

static int
act_choose(SimDevice *device, const SimFunction *function, const char *argument)
{
	int index = function->words ? word_index(function->words, argument) : 0;

	if (index >= 0)
		json_object_set_new(device->values, function->variable, json_string(argument));
	return index;
}

static int
act_tally(Sim *self, SimDevice *device, const SimFunction *function, const char *argument)
{
	g_autoptr(json_t) now = sim_device_variable(self, device, function->variable);

	if (word_index(function->words, argument) < 0)
		return -1;
	json_object_set_new(device->values, function->variable,
			    json_integer(json_integer_value(now) + 1));
	return 1;
}

/* Returns: the function's value, as the firmware would give it; -1: not understood. */
int
sim_device_call(Sim *self, SimDevice *device, const char *name, const char *argument)
{
	const SimFunction *function = profile_function(device, name);
	int echo = (int)CLAMP(g_ascii_strtoll(argument, NULL, 10), G_MININT32, G_MAXINT32);

	if (!device->values)
		device->values = json_object();
	switch (function ? function->act : SIM_ACT_ECHO) {
	case SIM_ACT_SWITCH:
		return act_switch(self, device, function, argument);
	case SIM_ACT_RAISE:
		return act_raise(self, device, function, argument);
	case SIM_ACT_CHOOSE:
		return act_choose(device, function, argument);
	case SIM_ACT_TALLY:
		return act_tally(self, device, function, argument);
	case SIM_ACT_ECHO:
		break;
	}
	return echo;
}
