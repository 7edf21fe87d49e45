/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <libsoup/soup.h>

/*
 * The simulated cloud's world. Everything lives in one #Sim on one thread; the
 * big population (devices) is compact structs, all that is small and varied
 * (webhooks, ledgers, libraries, …) is rows of JSON kept by kind and scope.
 */
typedef struct _Sim Sim;
typedef struct _SimUser SimUser;
typedef struct _SimToken SimToken;
typedef struct _SimOrg SimOrg;
typedef struct _SimProduct SimProduct;
typedef struct _SimDevice SimDevice;
typedef struct _SimHub SimHub;
typedef struct _SimFaults SimFaults;
typedef struct _SimJournal SimJournal;
typedef struct _SimLimits SimLimits;
typedef struct _SimProfile SimProfile;

#define SIM_DEFAULT_TOKEN "0123456789abcdef0123456789abcdef01234567"
#define SIM_USER "ada@example.com"
#define SIM_MFA_USER "grace@example.com"
#define SIM_PASSWORD "particle"
#define SIM_OTP "123456"

typedef struct {
	char *listen;
	char *port_file;
	char *tls_cert;
	char *tls_key;
	char *access_log;
	char **tokens;
	char **faults;
	int devices;
	int products;
	int product_devices;
	gint64 seed;
	double event_rate;
	int latency_ms;
	int device_timeout_ms;
	int flash_ms;
	int keepalive_ms;
	double churn;
	char *rate_limit;
} SimOptions;

struct _SimUser {
	char *id;
	char *username;
	char *password;
	char *first_name;
	char *last_name;
	char *company_name;
	gboolean business_account;
	gboolean mfa;
	gboolean customer;   /* an end user of a product */
	gboolean robot;	     /* an API user: limited to its scopes */
	SimProduct *product; /* of a customer or an API user */
	SimOrg *org;	     /* of an organization's API user */
	char *pending_otp;   /* mfa_token of an enrolment under way */
};

struct _SimToken {
	char *text;
	char *refresh;
	SimUser *user;
	char *client;
	gint64 expires_us; /* wall clock; 0 = never */
	json_t *scopes;	   /* array, or NULL: all */
};

struct _SimOrg {
	char *id;
	char *slug;
	char *name;
	SimUser *owner;
};

struct _SimProduct {
	int id;
	int platform_id;
	char *slug;
	char *name;
	char *description;
	SimUser *owner;
	SimOrg *org; /* or NULL */
	json_t *settings;
	char *scope; /* key of its rows */
};

struct _SimDevice {
	char id[25];
	guint32 index;
	guint32 ip;
	int platform_id;
	char *name;  /* NULL: never named */
	char *notes; /* NULL: none */
	SimUser *owner;
	SimProduct *product;
	const SimProfile *profile;
	json_t *values;	   /* variables written by functions or control: name -> value */
	json_t *functions; /* array that replaces the profile's, or NULL */
	json_t *extra;	   /* fields that control laid over the record, or NULL */
	char **groups;
	char *network;	      /* id of its mesh network */
	gint64 last_heard_us; /* while offline; 0 = never */
	gint64 last_handshake_us;
	int latency_ms;
	guint16 firmware_version;
	gint32 desired_version; /* -1: none */
	guint online : 1;
	guint silent : 1; /* online, but does not answer */
	guint signaling : 1;
	guint development : 1;
	guint quarantined : 1;
	guint denied : 1;
	guint updates_forced : 1;
	guint has_protection : 1;
	guint service_mode : 1;
	guint gateway : 1;
	guint flashing : 1;
};

struct _Sim {
	SimOptions options;
	GMainLoop *loop;
	SoupServer *server;
	FILE *access_log;
	gint64 started_us; /* wall clock */
	guint64 random;
	GPtrArray *users;
	GPtrArray *orgs;
	GPtrArray *products;
	GPtrArray *devices;
	GHashTable *devices_by_id;
	GHashTable *device_lists; /* what was asked for -> GPtrArray; until something changes */
	GHashTable *tokens;	  /* text -> SimToken */
	GHashTable *mfa;	  /* mfa_token -> SimUser */
	GHashTable *rows;	  /* "kind scope" -> json array */
	GHashTable *blobs;	  /* id -> GBytes */
	SimHub *hub;
	SimFaults *faults;
	GPtrArray *answers; /* see answers.c */
	SimJournal *journal;
	SimLimits *limits;
	guint ticker;
	guint streams_opened;
	guint64 requests;
};

/* sim.c: life, and small things every family needs */
Sim *sim_new(const SimOptions *options, GError **error);
void sim_free(Sim *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sim, sim_free)

guint64 sim_random(Sim *self);
int sim_random_below(Sim *self, int limit);

/* What stands before anything that is no digit; what is out of range is the nearest that is not. */
int sim_parse_int(const char *text);
char *sim_random_hex(Sim *self, int digits);
char *sim_random_uuid(Sim *self);
guint64 sim_hash(guint64 a, guint64 b);
gint64 sim_tick(Sim *self);

char *sim_time_text(gint64 wall_us);
char *sim_time_text_us(gint64 wall_us);
char *sim_time_text_secs(gint64 wall_us);
char *sim_now_text(void);
json_t *sim_json_now(void);
gint64 sim_time_parse(const char *text);
void sim_json_escape(GString *out, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
