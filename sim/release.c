/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which version of its product's firmware a device is to run: the one that it is locked to, else
 * that which was released to a group of it, else the product's default. It gets there when it
 * connects, or at once where the release says so.
 */
#include "families.h"
#include "fleet.h"
#include "store.h"

static gboolean
is_for_group_of(json_t *row, const SimDevice *device)
{
	json_t *group;
	size_t i;

	json_array_foreach(
	    json_object_get(row, "groups"), i,
	    group) if (sim_device_in_group(device, json_string_value(group))) return TRUE;
	return FALSE;
}

/* Is something released to a group of the device, which goes before the default? */
gboolean
sim_release_has_group(Sim *sim, const SimDevice *device)
{
	json_t *row;
	size_t i;

	json_array_foreach(sim_rows(sim, "firmware", device->product->scope), i,
			   row) if (is_for_group_of(row, device)) return TRUE;
	return FALSE;
}

int
sim_release_find(Sim *sim, const SimDevice *device)
{
	int by_default = 0;
	json_t *row;
	size_t i;

	if (!device->product)
		return 0;
	if (device->desired_version >= 0)
		return device->desired_version;
	json_array_foreach(sim_rows(sim, "firmware", device->product->scope), i, row)
	{
		int version = (int)json_integer_value(json_object_get(row, "version"));

		if (is_for_group_of(row, device))
			return version;
		if (json_is_true(json_object_get(row, "product_default")))
			by_default = version;
	}
	return by_default;
}

void
sim_release_reach(Sim *sim, SimDevice *device)
{
	int version = sim_release_find(sim, device);

	if (version && version != device->firmware_version && sim_device_answers(device) &&
	    !device->development && !device->quarantined && !device->flashing)
		sim_flash_start(sim, device, version);
}
