/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include <string.h>

/* clang-format off */
const SimPlatform sim_platforms[] = {
	/* id  name        title              ID prefix    serial  gen cell   common device_os */
	{   0, "core",     "Core",            "53ff6c06",  "A123", 1, FALSE, FALSE, "1.4.4" },
	{   3, "gcc",      "GCC",             "00000000",  "GCC0", 0, FALSE, FALSE, "6.3.0" },
	{   6, "photon",   "Photon",          "2a004700",  "P041", 2, FALSE, TRUE,  "2.3.1" },
	{   8, "p1",       "P1",              "3c003100",  "P1K1", 2, FALSE, TRUE,  "2.3.1" },
	{  10, "electron", "Electron",        "2f002100",  "E26A", 2, TRUE,  TRUE,  "3.3.1" },
	{  11, "esp32",    "ESP32",           "e5320000",  "ESP3", 0, FALSE, FALSE, "1.0.0" },
	{  12, "argon",    "Argon",           "e00fce68",  "ARGH", 3, FALSE, TRUE,  "6.3.0" },
	{  13, "boron",    "Boron",           "e00fce68",  "B40H", 3, TRUE,  TRUE,  "6.3.0" },
	{  14, "xenon",    "Xenon",           "e00fce68",  "XENH", 3, FALSE, FALSE, "1.5.2" },
	{  15, "esomx",    "E SoM X",         "e00fce68",  "ESOM", 3, TRUE,  FALSE, "6.3.0" },
	{  22, "asom",     "A SoM",           "e00fce68",  "ASOM", 3, FALSE, FALSE, "6.3.0" },
	{  23, "bsom",     "B4xx SoM",        "e00fce68",  "B40G", 3, TRUE,  TRUE,  "6.3.0" },
	{  24, "xsom",     "X SoM",           "e00fce68",  "XSOM", 3, FALSE, FALSE, "1.5.2" },
	{  25, "b5som",    "B5xx SoM",        "e00fce68",  "B523", 3, TRUE,  TRUE,  "6.3.0" },
	{  26, "tracker",  "Asset Tracker",   "e00fce68",  "TRKM", 3, TRUE,  TRUE,  "6.3.0" },
	{  28, "trackerm", "Tracker M",       "0a10aced",  "TRMM", 3, TRUE,  FALSE, "6.3.0" },
	{  31, "raspi",    "Raspberry Pi",    "aabbccdd",  "RPI0", 0, FALSE, FALSE, "0.5.0" },
	{  32, "p2",       "Photon 2",        "0a10aced",  "PH2M", 4, FALSE, TRUE,  "6.3.0" },
	{  35, "msom",     "M SoM",           "0a10aced",  "M404", 4, TRUE,  TRUE,  "6.3.0" },
	{  37, "electron2","Electron 2",      "e00fce68",  "EL2M", 3, TRUE,  FALSE, "6.3.0" },
	{  38, "sulu",     "Sulu",            "0a10aced",  "SULU", 4, TRUE,  FALSE, "6.3.0" },
	{  42, "tachyon",  "Tachyon",         "422a0000",  "TACH", 0, TRUE,  TRUE,  "1.0.0" },
	{  43, "linux",    "Linux",           "422b0000",  "LINX", 0, FALSE, FALSE, "1.0.0" },
	{  82, "oak",      "Oak",             "0a520000",  "OAK0", 0, FALSE, FALSE, "0.5.0" },
	{  88, "duo",      "Duo",             "0a580000",  "DUO0", 0, FALSE, FALSE, "0.5.0" },
	{ 103, "bluz",     "Bluz",            "b1e20000",  "BLUZ", 0, FALSE, FALSE, "0.5.0" },
	{ -1 },
};

const SimProfile sim_profiles[] = {
	{ "greenhouse",
	  { { "soil", SIM_WALK, 41, 9 }, { "temp", SIM_WALK, 22, 5 }, { "humidity", SIM_WALK, 63, 12 },
	    { "lamp", SIM_SWITCH, 0 }, { "mode", SIM_TEXT, .text = "auto" } },
	  { { "water", SIM_ACT_RAISE, "soil" }, { "lamp", SIM_ACT_SWITCH, "lamp" },
	    { "mode", SIM_ACT_CHOOSE, "mode", "auto|manual|eco|off" } },
	  "soil" },
	{ "kitchen",
	  { { "temp", SIM_WALK, 21, 3 }, { "brews", SIM_TALLY, 3 }, { "water", SIM_LEVEL, 70, 25 },
	    { "led", SIM_SWITCH, 0 }, { "state", SIM_TEXT, .text = "idle" } },
	  { { "brew", SIM_ACT_TALLY, "brews", "coffee|tea|cocoa" }, { "led", SIM_ACT_SWITCH, "led" } },
	  "temp" },
	{ "workshop",
	  { { "power", SIM_WALK, 320, 180 }, { "rpm", SIM_LEVEL, 1450, 300 }, { "noise", SIM_WALK, 58, 15 },
	    { "saw", SIM_SWITCH, 0 } },
	  { { "saw", SIM_ACT_SWITCH, "saw" }, { "speed", SIM_ACT_RAISE, "rpm" } },
	  "power" },
	{ "porch",
	  { { "lux", SIM_LEVEL, 420, 380 }, { "motion", SIM_SWITCH, 0 }, { "light", SIM_SWITCH, 1 },
	    { "greeting", SIM_TEXT, .text = "Welcome home" } },
	  { { "light", SIM_ACT_SWITCH, "light" }, { "greet", SIM_ACT_CHOOSE, "greeting" } },
	  "lux" },
	{ "tinker", { { NULL } },
	  { { "digitalread", SIM_ACT_ECHO }, { "digitalwrite", SIM_ACT_ECHO },
	    { "analogread", SIM_ACT_ECHO }, { "analogwrite", SIM_ACT_ECHO } },
	  "button" },
	{ "cellar",
	  { { "temp", SIM_WALK, 12, 1.5 }, { "humidity", SIM_WALK, 78, 8 }, { "pump", SIM_SWITCH, 0 } },
	  { { "pump", SIM_ACT_SWITCH, "pump" } },
	  "temp" },
	{ "sensor",
	  { { "temp", SIM_WALK, 20, 8 }, { "humidity", SIM_WALK, 50, 20 }, { "battery", SIM_WALK, 80, 15 },
	    { "uptime", SIM_COUNTER, 3600 } },
	  { { "led", SIM_ACT_ECHO }, { "interval", SIM_ACT_ECHO } },
	  "temp" },
	{ "relay",
	  { { "relay", SIM_SWITCH, 0 }, { "current", SIM_WALK, 4, 3 }, { "label", SIM_TEXT, .text = "pump" } },
	  { { "relay", SIM_ACT_SWITCH, "relay" }, { "label", SIM_ACT_CHOOSE, "label" } },
	  "current" },
	{ "meter",
	  { { "kwh", SIM_COUNTER, 120000 }, { "watts", SIM_LEVEL, 900, 700 }, { "volts", SIM_WALK, 231, 4 } },
	  { { "reset", SIM_ACT_ECHO } },
	  "watts" },
	{ "tracker",
	  { { "speed", SIM_WALK, 30, 28 }, { "battery", SIM_WALK, 75, 20 }, { "fixes", SIM_COUNTER, 500 },
	    { "locked", SIM_SWITCH, 1 } },
	  { { "cmd", SIM_ACT_ECHO }, { "lock", SIM_ACT_SWITCH, "locked" } },
	  "speed" },
	{ NULL },
};
/* clang-format on */

const SimPlatform *
sim_platform_find(int id)
{
	for (const SimPlatform *platform = sim_platforms; platform->id >= 0; platform++)
		if (platform->id == id)
			return platform;
	return NULL;
}

const SimProfile *
sim_profile_find(const char *name)
{
	for (const SimProfile *profile = sim_profiles; profile->name; profile++)
		if (strcmp(profile->name, name) == 0)
			return profile;
	return NULL;
}

const char *
sim_variable_type(const SimVariable *variable)
{
	static const char *const types[] = {
		[SIM_WALK] = "double", [SIM_COUNTER] = "int32", [SIM_LEVEL] = "int32",
		[SIM_SWITCH] = "bool", [SIM_TEXT] = "string",	[SIM_TALLY] = "int32",
	};

	return types[variable->motion];
}
