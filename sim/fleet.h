/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sim.h"

/* What a device's firmware offers, and what its functions do: data, in profiles.c. */
typedef enum {
	SIM_WALK,    /* double that wanders */
	SIM_COUNTER, /* int32 that grows with time */
	SIM_LEVEL,   /* int32 that wanders */
	SIM_SWITCH,  /* bool, changed by a function */
	SIM_TEXT,    /* string, changed by a function */
	SIM_TALLY,   /* int32, counted by a function */
} SimMotion;

typedef struct {
	const char *name;
	SimMotion motion;
	double base;
	double reach;
	const char *text;
} SimVariable;

typedef enum {
	SIM_ACT_SWITCH, /* on, off, 1, 0, toggle: sets a bool */
	SIM_ACT_RAISE,	/* N: raises a number */
	SIM_ACT_CHOOSE, /* one of the words: sets a string */
	SIM_ACT_TALLY,	/* one of the words: adds one */
	SIM_ACT_ECHO,	/* returns the number given */
} SimAct;

typedef struct {
	const char *name;
	SimAct act;
	const char *variable;
	const char *words; /* split by |, NULL: any */
} SimFunction;

struct _SimProfile {
	const char *name;
	SimVariable variables[6];
	SimFunction functions[5];
	const char *event; /* name of what it publishes, the data is its first variable */
};

typedef struct {
	int id;
	const char *name;
	const char *title;
	const char *id_prefix;
	const char *serial_prefix;
	int gen;
	gboolean cellular;
	gboolean common; /* the random fleet is made of these */
	const char *device_os;
} SimPlatform;

extern const SimPlatform sim_platforms[];
extern const SimProfile sim_profiles[];
const SimPlatform *sim_platform_find(int id);
const SimProfile *sim_profile_find(const char *name);
const char *sim_variable_type(const SimVariable *variable);

void sim_fleet_init(Sim *self);
void sim_fleet_clear(Sim *self);
SimDevice *sim_fleet_add(Sim *self, const char *id, int platform_id, const char *name);
SimDevice *sim_fleet_find(Sim *self, const char *id);
SimDevice *sim_fleet_find_own(Sim *self, SimUser *user, const char *id_or_name);
SimDevice *sim_fleet_find_in_product(SimProduct *product, Sim *self, const char *id_or_name);
SimDevice *sim_fleet_find_serial(Sim *self, const char *serial);
SimDevice *sim_fleet_find_iccid(Sim *self, const char *iccid);
SimDevice *sim_fleet_find_imei(Sim *self, const char *imei);
GPtrArray *sim_fleet_list(Sim *self, SimUser *owner, SimProduct *product);
GPtrArray *sim_fleet_recall(Sim *self, const char *question);
void sim_fleet_remember(Sim *self, const char *question, GPtrArray *list);
void sim_fleet_changed(Sim *self);
SimProduct *sim_product_find(Sim *self, const char *id_or_slug);
SimProduct *sim_product_new(Sim *self, int id, int platform_id, const char *name, SimOrg *org);

gboolean sim_device_is_cellular(const SimDevice *device);
gboolean sim_device_answers(const SimDevice *device);
gint64 sim_device_last_heard(const SimDevice *device);
char *sim_device_serial(const SimDevice *device);
char *sim_device_mobile_secret(const SimDevice *device);
char *sim_device_iccid(const SimDevice *device);
char *sim_device_imei(const SimDevice *device);
gboolean sim_device_in_group(const SimDevice *device, const char *group);
int sim_device_product_id(const SimDevice *device);
void sim_device_set_online(Sim *self, SimDevice *device, gboolean online);

typedef enum {
	SIM_VIEW_FULL,
	SIM_VIEW_PRODUCT,
	SIM_VIEW_PRODUCT_ROW,
} SimView;
void sim_device_write(Sim *self, const SimDevice *device, SimView view, GString *out);
json_t *sim_device_json(Sim *self, const SimDevice *device, SimView view);
gboolean sim_device_set_field(Sim *self, SimDevice *device, const char *key, json_t *value);

json_t *sim_device_variable(Sim *self, const SimDevice *device, const char *name);
void sim_device_reading(Sim *self, const SimDevice *device, char *out, gsize size);
gboolean sim_device_has_function(const SimDevice *device, const char *name);
int sim_device_call(Sim *self, SimDevice *device, const char *name, const char *argument);
