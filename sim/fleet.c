/* SPDX-License-Identifier: Apache-2.0 */
/* The population: how it is made from the seed, and how a device is found. */
#include "fleet.h"

#include "people.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define LISTS_MAX 64
#define DAY_US (24 * 3600 * (gint64)G_USEC_PER_SEC)

/* clang-format off */
/* Always there, in this order, whatever the seed. */
static const struct {
	const char *id;
	const char *name;
	int platform_id;
	const char *profile;
	gboolean online;
	const char *notes;
	int owner; /* index of the user; -1: unclaimed */
} demo_devices[] = {
	{ "e00fce6810caffee00000001", "greenhouse",  13, "greenhouse", TRUE,  "Tomatoes, left bench",  0 },
	{ "e00fce6810caffee00000002", "kitchen",     12, "kitchen",    TRUE,  NULL,                    0 },
	{ "0a10aced10caffee00000003", "workshop",    32, "workshop",   TRUE,  "Mind the saw",          0 },
	{ "0a10aced10caffee00000004", "front porch", 32, "porch",      TRUE,  NULL,                    0 },
	{ "2a00470010caffee00000005", NULL,           6, "tinker",     TRUE,  NULL,                    0 },
	{ "e00fce6810caffee00000006", "cellar",      23, "cellar",     FALSE, "No signal behind the door", 0 },
	{ "e00fce6810caffee00face01", "grace_boron", 13, "sensor",     TRUE,  NULL,                    1 },
	{ "0a10aced10caffee00face02", "grace_photon",32, "relay",      TRUE,  NULL,                    1 },
	{ "e00fce6810caffee0000c1a0", NULL,          13, "sensor",     TRUE,  NULL,                   -1 },
	{ "0a10aced10caffee0000c1a1", NULL,          32, "relay",      TRUE,  NULL,                   -1 },
	{ "e00fce6810caffee0000c1af", NULL,          12, "sensor",     FALSE, NULL,                   -1 },
};
/* clang-format on */
#define N_OWN_DEMO 6

static const char *const adjectives[] = {
	"amber",  "brave",   "calm",   "clever", "cosmic", "dapper",	"eager",  "fancy",
	"gentle", "giddy",   "hungry", "jolly",	 "lively", "lucky",	"mighty", "nimble",
	"orange", "patient", "quick",  "quiet",	 "rapid",  "shiny",	"silent", "sleepy",
	"snowy",  "sturdy",  "sunny",  "turbo",	 "velvet", "wandering", "witty",  "zesty",
};
static const char *const nouns[] = {
	"badger", "bear",   "bobcat",  "cactus",  "comet",   "coyote", "dingo",	 "dragon",
	"falcon", "ferret", "gecko",   "gopher",  "hamster", "heron",  "hunter", "jellyfish",
	"kitten", "laser",  "lobster", "monkey",  "narwhal", "otter",  "panda",	 "pirate",
	"puppy",  "raptor", "robot",   "scooter", "shark",   "turtle", "wombat", "yeti",
};

static void
device_free(gpointer data)
{
	SimDevice *device = data;

	g_free(device->name);
	g_free(device->notes);
	g_free(device->network);
	g_strfreev(device->groups);
	json_decref(device->values);
	json_decref(device->functions);
	json_decref(device->extra);
	g_free(device);
}

static void
product_free(gpointer data)
{
	SimProduct *product = data;

	g_free(product->slug);
	g_free(product->name);
	g_free(product->description);
	g_free(product->scope);
	json_decref(product->settings);
	g_free(product);
}

SimDevice *
sim_fleet_add(Sim *self, const char *id, int platform_id, const char *name)
{
	SimDevice *device = g_new0(SimDevice, 1);
	guint64 dice;

	device->index = self->devices->len;
	dice = sim_hash((guint64)self->options.seed + 7, device->index);
	g_strlcpy(device->id, id, sizeof(device->id));
	device->platform_id = platform_id;
	device->name = g_strdup(name);
	device->ip = 0xcb007100u | (guint32)(1 + dice % 254); /* 203.0.113.0/24 */
	device->desired_version = -1;
	device->last_handshake_us =
	    self->started_us - (gint64)(device->index + 1) * 7 * G_USEC_PER_SEC;
	device->last_heard_us = device->last_handshake_us;
	g_ptr_array_add(self->devices, device);
	g_hash_table_insert(self->devices_by_id, device->id, device);
	return device;
}

static void
add_demo_device(Sim *self, guint i)
{
	SimDevice *device = sim_fleet_add(self, demo_devices[i].id, demo_devices[i].platform_id,
					  demo_devices[i].name);

	device->profile = sim_profile_find(demo_devices[i].profile);
	device->online = demo_devices[i].online;
	device->notes = g_strdup(demo_devices[i].notes);
	if (!device->online)
		device->last_heard_us = device->last_handshake_us = self->started_us - DAY_US;
	if (demo_devices[i].owner >= 0)
		device->owner = g_ptr_array_index(self->users, demo_devices[i].owner);
}

static int
pick_platform(guint64 dice)
{
	int common = 0;

	for (const SimPlatform *p = sim_platforms; p->id >= 0; p++)
		common += p->common;
	g_assert(common > 0);
	common = (int)(dice % (guint64)common);
	for (const SimPlatform *p = sim_platforms; p->id >= 0; p++)
		if (p->common && common-- == 0)
			return p->id;
	return 13;
}

static const SimProfile *
pick_profile(guint64 dice, int platform_id)
{
	static const char *const names[] = { "sensor", "relay", "meter" };

	if (platform_id == 26)
		return sim_profile_find("tracker");
	return sim_profile_find(names[dice % G_N_ELEMENTS(names)]);
}

/* One of the many: all it is comes from the seed and its number. */
static SimDevice *
add_random_device(Sim *self, int platform_id)
{
	guint index = self->devices->len;
	guint64 dice = sim_hash((guint64)self->options.seed, index);
	guint64 more = sim_hash(dice, 1);
	int platform = platform_id >= 0 ? platform_id : pick_platform(dice >> 8);
	char id[25];
	char name[64];
	SimDevice *device;

	g_snprintf(id, sizeof(id), "%s%016" G_GINT64_MODIFIER "x",
		   sim_platform_find(platform)->id_prefix, more);
	/* The 1,024 pairs come first as they are; from then on a number keeps names unique. */
	g_snprintf(name, sizeof(name), index < 1024 ? "%s_%s" : "%s_%s_%u",
		   adjectives[(index * 13) % 32], nouns[(index * 7 + (index >> 5)) % 32], index);
	device = sim_fleet_add(self, id, platform, name);
	device->profile = pick_profile(more >> 9, platform);
	device->online = more % 10 != 0;
	device->firmware_version = 0;
	if (!device->online) {
		device->last_heard_us = self->started_us - (gint64)(more >> 20) % (30 * DAY_US);
		device->last_heard_us -= G_USEC_PER_SEC;
		device->last_handshake_us = device->last_heard_us - (gint64)3600 * G_USEC_PER_SEC;
	}
	if ((more >> 30) % 12 == 0)
		device->notes =
		    g_strdup_printf("Installed by team %d", (int)((more >> 40) % 9) + 1);
	return device;
}

SimProduct *
sim_product_new(Sim *self, int id, int platform_id, const char *name, SimOrg *org)
{
	SimProduct *product = g_new0(SimProduct, 1);
	g_autofree char *lower = g_ascii_strdown(name, -1);

	product->id = id;
	product->platform_id = platform_id;
	product->name = g_strdup(name);
	product->slug = g_strconcat(g_strdelimit(lower, " ", '-'), "-v100", NULL);
	product->description = g_strdup("");
	product->owner = g_ptr_array_index(self->users, 0);
	product->org = org;
	product->scope = g_strdup_printf("product:%d", id);
	product->settings =
	    json_pack("{s:{s:b}, s:{s:b}, s:b}", "location", "opt_in", platform_id == 26,
		      "known_application", "opt_in", 1, "quarantine", 1);
	g_ptr_array_add(self->products, product);
	return product;
}

static void
join_product(Sim *self, SimProduct *product, int number)
{
	static const char *const groups[] = { "alpha", "beta", NULL };
	SimDevice *device = add_random_device(self, product->platform_id);

	device->product = product;
	device->firmware_version = 2 + number % 2;
	if (number % 3 == 0)
		device->groups = g_strdupv((char *[]){ (char *)groups[number % 2], NULL });
	device->quarantined = number % 17 == 5;
	device->development = number % 11 == 3;
	if (number == 0) { /* one that is known, for examples */
		device->online = TRUE;
		device->quarantined = FALSE;
	}
}

static void
add_products(Sim *self)
{
	/* clang-format off */
	static const struct {
		int id;
		int platform_id;
		const char *name;
		const char *description;
		gboolean in_org;
	} products[] = {
		{ 12345, 13, "Cold Chain",    "Truck sensors",        FALSE },
		{ 12346, 26, "Asset Watch",   "Trackers of Acme",     TRUE  },
		{ 12347, 32, "Street Light",  "Lamps of the old town", FALSE },
		{ 12348, 25, "Water Meter",   "Meters in the field",  TRUE  },
	};
	/* clang-format on */

	for (int i = 0; i < self->options.products; i++) {
		guint pick = (guint)i % G_N_ELEMENTS(products);
		g_autofree char *name = i < (int)G_N_ELEMENTS(products)
					    ? g_strdup(products[pick].name)
					    : g_strdup_printf("%s %d", products[pick].name, i);
		SimOrg *org = products[pick].in_org ? g_ptr_array_index(self->orgs, 0) : NULL;
		SimProduct *product =
		    sim_product_new(self, 12345 + i, products[pick].platform_id, name, org);

		g_free(product->description);
		product->description = g_strdup(products[pick].description);
		for (int n = 0; n < self->options.product_devices; n++)
			join_product(self, product, n);
	}
}

void
sim_fleet_init(Sim *self)
{
	self->devices = g_ptr_array_new_with_free_func(device_free);
	self->devices_by_id = g_hash_table_new(g_str_hash, g_str_equal);
	self->device_lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						   (GDestroyNotify)g_ptr_array_unref);
	self->products = g_ptr_array_new_with_free_func(product_free);
	for (guint i = 0; i < G_N_ELEMENTS(demo_devices); i++)
		add_demo_device(self, i);
	for (int i = N_OWN_DEMO; i < self->options.devices; i++)
		add_random_device(self, -1)->owner = g_ptr_array_index(self->users, 0);
	add_products(self);
}

void
sim_fleet_clear(Sim *self)
{
	g_clear_pointer(&self->device_lists, g_hash_table_unref);
	g_clear_pointer(&self->devices_by_id, g_hash_table_unref);
	g_clear_pointer(&self->devices, g_ptr_array_unref);
	g_clear_pointer(&self->products, g_ptr_array_unref);
}

SimDevice *
sim_fleet_find(Sim *self, const char *id)
{
	g_autofree char *lower = g_ascii_strdown(id, -1);

	return g_hash_table_lookup(self->devices_by_id, lower);
}

/* By ID, or by name for devices of one's own. Unknown and foreign are not told apart. */
SimDevice *
sim_fleet_find_own(Sim *self, SimUser *user, const char *id_or_name)
{
	SimDevice *device = sim_fleet_find(self, id_or_name);

	if (device)
		return device->owner == user ? device : NULL;
	for (guint i = 0; i < self->devices->len; i++) {
		device = g_ptr_array_index(self->devices, i);
		if (device->owner == user && device->name && strcmp(device->name, id_or_name) == 0)
			return device;
	}
	return NULL;
}

SimDevice *
sim_fleet_find_in_product(SimProduct *product, Sim *self, const char *id_or_name)
{
	SimDevice *device = sim_fleet_find(self, id_or_name);

	return device && device->product == product ? device : NULL;
}

static SimDevice *
find_by(Sim *self, char *(*text_of)(const SimDevice *device), const char *text)
{
	for (guint i = 0; i < self->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(self->devices, i);
		g_autofree char *own = text_of(device);

		if (own && g_ascii_strcasecmp(own, text) == 0)
			return device;
	}
	return NULL;
}

SimDevice *
sim_fleet_find_serial(Sim *self, const char *serial)
{
	return find_by(self, sim_device_serial, serial);
}

SimDevice *
sim_fleet_find_iccid(Sim *self, const char *iccid)
{
	return find_by(self, sim_device_iccid, iccid);
}

SimDevice *
sim_fleet_find_imei(Sim *self, const char *imei)
{
	return find_by(self, sim_device_imei, imei);
}

static int
by_handshake(gconstpointer a, gconstpointer b)
{
	const SimDevice *const *x = a;
	const SimDevice *const *y = b;

	if ((*x)->last_handshake_us != (*y)->last_handshake_us)
		return (*x)->last_handshake_us < (*y)->last_handshake_us ? 1 : -1;
	return (int)(*x)->index - (int)(*y)->index;
}

/* A fleet is asked for page by page: what it is sorted into stays until anything may be another
 * one. */
void
sim_fleet_changed(Sim *self)
{
	g_hash_table_remove_all(self->device_lists);
}

/* Returns: (transfer full): what was remembered, not to be changed; or NULL */
GPtrArray *
sim_fleet_recall(Sim *self, const char *question)
{
	GPtrArray *list = g_hash_table_lookup(self->device_lists, question);

	return list ? g_ptr_array_ref(list) : NULL;
}

void
sim_fleet_remember(Sim *self, const char *question, GPtrArray *list)
{
	if (g_hash_table_size(self->device_lists) >= LISTS_MAX)
		sim_fleet_changed(self);
	g_hash_table_insert(self->device_lists, g_strdup(question), g_ptr_array_ref(list));
}

/* Returns: (transfer full): of @owner or, if given, in @product; last handshake first. Not to be
 * changed */
GPtrArray *
sim_fleet_list(Sim *self, SimUser *owner, SimProduct *product)
{
	g_autofree char *question =
	    g_strdup_printf("of %p", product ? (gpointer)product : (gpointer)owner);
	GPtrArray *list = sim_fleet_recall(self, question);

	if (list)
		return list;
	list = g_ptr_array_new();
	for (guint i = 0; i < self->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(self->devices, i);

		if (product ? device->product == product : device->owner == owner)
			g_ptr_array_add(list, device);
	}
	g_ptr_array_sort(list, by_handshake);
	sim_fleet_remember(self, question, list);
	return list;
}

SimProduct *
sim_product_find(Sim *self, const char *id_or_slug)
{
	for (guint i = 0; i < self->products->len; i++) {
		SimProduct *product = g_ptr_array_index(self->products, i);
		char id[16];

		g_snprintf(id, sizeof(id), "%d", product->id);
		if (strcmp(id, id_or_slug) == 0 || strcmp(product->slug, id_or_slug) == 0)
			return product;
	}
	return NULL;
}
